/** The path of a request without query string and trailing slash: `/predict/?x=1` is `/predict`. */
export function pathOf(url: string): string {
  // Absolute form (RFC 9112, section 3.2.2): a client that takes the server for a proxy.
  let path = url.startsWith('/') ? url : url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  const query = path.search(/[?#]/);
  if (query !== -1) path = path.slice(0, query);
  while (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return path === '' ? '/' : path;
}
