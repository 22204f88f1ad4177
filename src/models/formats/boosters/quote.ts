/** A text of the file for a message: cut short, with control characters escaped; `none` when there is none. */
export function quote(text: string | undefined, most = 40): string {
  return text === undefined ? 'none' : JSON.stringify(text.slice(0, most));
}
