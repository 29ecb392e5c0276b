/** Thrown by the random-access reader for a file it would rather not append to: the file is then written anew. */
export class UnreadablePdf extends Error {
  override readonly name = 'UnreadablePdf';
}
