/** What is wrong with one value, in words that follow its path, and what to write instead. */
export interface Complaint {
  readonly message: string;
  readonly hint: string;
}

export function complaint(message: string, hint: string): Complaint {
  return { message, hint };
}

/** A value of a user in a message: quoted, and never long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** Whether a text is set: as in protobuf, an empty one is not. */
export function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
