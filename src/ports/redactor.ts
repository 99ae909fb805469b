/** Replaces every known secret, in every encoding it can name, before anything is written or shown. */
export interface Redactor {
  /** Registers a secret. Values under 6 characters are refused by a throw: they would blank ordinary text. */
  add(name: string, secret: string): void;
  text(text: string): string;
  /** True when the text still holds a known secret in some encoding: used to stop a delivery, not to print. */
  finds(text: string): string | undefined;
}
