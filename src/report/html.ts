import { safeUrl, visible } from '../kit/harmless.js';

/** Markup that was built by us; anything else is text and gets escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A template whose values are escaped unless they are `Html` already. Lists are joined without anything between. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.reduce((page, part, index) => page + rendered(values[index - 1]) + part));
}

export type HtmlValue = Html | string | number | undefined | readonly (Html | string)[];

/** A link to an http(s) address, or only its words. The page it leads to learns nothing of this one. */
export function anchor(words: string | Html, url: string | undefined): Html {
  const href = url === undefined ? undefined : safeUrl(url);
  return href === undefined ? html`${words}` : html`<a href="${href}" rel="noreferrer noopener">${words}</a>`;
}

function rendered(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(value);
  return value.map((one) => rendered(one)).join('');
}

function escaped(text: string): string {
  return visible(text).replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}
