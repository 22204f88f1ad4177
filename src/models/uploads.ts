import { Injectable } from '@nestjs/common';
import { AppError } from '../common/errors';
import { UploadProgress } from './upload-progress';

/** How many that have ended are still told of. */
const MAX_ENDED = 100;

/**
 * The uploads that are going on and the last that have ended, in memory: a restart forgets them, as it ends them. Each
 * that goes on has a connection or a work folder, which bounds them.
 */
@Injectable()
export class Uploads {
  /** In the order in which they began. */
  private all: UploadProgress[] = [];

  /** @param id the id of the request; of two uploads with the same one the later is found by it */
  begin(id: string, bytesTotal: number | null): UploadProgress {
    const upload = new UploadProgress(id, bytesTotal);
    this.all.push(upload);
    this.forgetOldest();
    return upload;
  }

  /** Newest first. */
  list(): UploadProgress[] {
    return this.all.toReversed();
  }

  /** @throws AppError upload_not_found */
  findOrThrow(id: string): UploadProgress {
    const found = this.all.findLast((upload) => upload.id === id);
    if (found) return found;
    throw new AppError(
      'upload_not_found',
      `no upload has the id ${JSON.stringify(id.slice(0, 128))}: it is the x-request-id of POST /upload_model, and the last ${MAX_ENDED} are kept`,
    );
  }

  /** Of those that have ended, by when they did: one that took long has just ended, however early it began. */
  private forgetOldest(): void {
    const ended = this.all.filter((upload) => upload.hasEnded);
    if (ended.length <= MAX_ENDED) return;
    const forgotten = new Set(ended.sort((a, b) => a.updatedAt - b.updatedAt).slice(0, -MAX_ENDED));
    this.all = this.all.filter((upload) => !forgotten.has(upload));
  }
}
