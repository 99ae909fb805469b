/**
 * Words that the score knows, as data. Lower case. Phrases are compared with the text's words, so punctuation and white space
 * between them do not matter. English beside the headings and labels that templates of other languages use.
 */
const list = (text: string): readonly string[] => text.split('|').map((one) => one.trim()).filter((one) => one !== '');

export const KIND_LABELS = {
  bug: list('bug|defect|regression|crash|kind/bug|type/bug|type: bug|fehler|bogue|error'),
  docs: list('docs|doc|documentation|kind/documentation|type/docs|type: docs|area/docs|dokumentation'),
  chore: list('chore|refactor|refactoring|dependencies|deps|maintenance|tech debt|tech-debt|cleanup|ci|build|kind/cleanup|type/chore|tooling'),
  feature: list('feature|enhancement|feature request|story|kind/feature|type/feature|type: feature|improvement'),
} as const;

/** First words of conventional titles: `fix(total): ...`. */
export const KIND_PREFIXES = {
  bug: list('fix|bug|bugfix|hotfix'), docs: list('docs|doc'), chore: list('chore|refactor|build|ci|deps|test|perf|style'), feature: list('feat|feature'),
} as const;

export const KIND_WORDS = {
  bug: list('bug|error|errors|fails|failing|fail|crash|crashes|crashed|broken|breaks|wrong|incorrect|incorrectly|exception|throws|regression|does not|doesn\'t|doesn’t|not working|cannot|can\'t|can’t|missing from|instead of|fehler|falsch|defekt|erreur|falla|hangs|leaks|leak|stuck|too late|one cent|twice|lost|loses|never'),
  docs: list('readme|documentation|docs|document|doc page|typo|typos|changelog|docstring|docstrings|guide|tutorial|contributing.md|jsdoc'),
  chore: list('upgrade|bump|update dependency|rename|refactor|remove unused|delete unused|migrate|move|extract|deprecate|lint|eslint|cleanup|clean up|drop support|dead code|pin|replace'),
  feature: list('add|allow|support|implement|introduce|let|enable|new|export|show|provide|offer'),
} as const;

/** Headings of issue forms that tell the kind when nothing else does. */
export const KIND_HEADINGS = {
  bug: list('steps to reproduce|to reproduce|reproduction|describe the bug|actual behavior|actual behaviour|actual result|current behavior|current behaviour|schritte zum reproduzieren|étapes pour reproduire|pasos para reproducir'),
  feature: list('is your feature request related to a problem|describe the solution you\'d like|user story|proposed solution|motivation'),
  docs: list('what is the documentation issue|page affected'),
  chore: list('migration plan|tech debt'),
} as const;

export const EXPECTED = list('expected|expect|expects|should|shall|must|ought to|instead of|supposed to|erwartet|soll|sollte|attendu|devrait|esperado|debería|esperava|deveria|ожида|期待|预期|期待される|is required to|has to');
export const ACTUAL = list('actual|actually|currently|at the moment|today it|but it|but the|but we|instead|throws|threw|fails|failed|returns|returned|gives|prints|printed|shows|said|says|crashes|crashed|error|exception|wrong|incorrect|observed|got|gets|loses|hangs|is ignored|is lost|nothing happens|tatsächlich|derzeit|obtenu|actuellement|actual result|obtenido|actualmente|atualmente|фактич|実際|实际|is not|are not|isn\'t|does not|doesn\'t|cannot|never|missing|twice|too early|too late|stays|still');
export const REPRODUCTION = list('steps to reproduce|to reproduce|reproduce|repro|reproduction|how to reproduce|when i|when you|when a|when an|when the|if you|if i|if a|if an|if the|after|calling|run|running|click|open|send|call|given|whenever|every time|for example|e.g|schritte|reproduzieren|wenn|étapes|reproduire|quand|pasos|reproducir|cuando|passos|quando|шаги|再現|重现|with the input|on a fresh');
export const REASONS = list('because|so that|since|in order to|as a result|the reason|customers|customer|users|user|support asked|we need|needed for|which makes|which breaks|blocks|blocked|impact|affects|context|background|motivation|why|weil|damit|parce que|afin|porque|para que|чтобы|ため|因为|reported by|seen in|happens in');

/** Words that name no testable thing. */
export const VAGUE = list('nice|nicer|better|improve|improved|improvement|improvements|enhance|somehow|something|stuff|things|thing|etc|asap|user friendly|user-friendly|intuitive|modern|cleaner|properly|as needed|as appropriate|and so on|various|several places|robust|seamless|scalable|optimize|optimise|faster|more efficient|good|great|awesome|cool|sensible|make sense|whatever|look into|investigate|explore|think about|revisit|polish|tidy|state of the art|best practices|best practice|works well|work well|pretty|kind of|sort of|some kind|a bit|more or less|where it makes sense|all good|reasonable|appropriate');

/** Words that ask for more than one change can hold. */
export const BROAD = list('entire codebase|whole codebase|entire application|whole application|whole app|entire app|entire system|whole system|all pages|all screens|all endpoints|all services|all modules|everything|everywhere|from scratch|rewrite|redesign|re-architect|rearchitect|overhaul|completely new|complete rewrite|full rewrite|microservices|across the board|all the things|all bugs|all warnings|all tests|all the code|the whole product|entire product|everything else');

/** The author has not made up their mind. */
export const OPEN = list('tbd|tba|todo decide|to be decided|to be discussed|to be defined|to be determined|not sure|unsure|maybe|perhaps|or something|or so|let\'s discuss|let us discuss|needs discussion|up for discussion|thoughts|any ideas|what do you think|wdyt|open question|open questions|i guess|we could|could we|might want|?? |fixme|lorem ipsum|unklar|vielleicht|peut-être|quizás|talvez');

/** Verbs that begin a separate piece of work, for titles that join several. */
export const WORK_VERBS = list('add|fix|remove|refactor|rename|update|upgrade|implement|migrate|rewrite|create|delete|replace|support|improve|redesign|document|move|introduce|change|make|build');

/** Small words by which a text is known to be English. */
export const ENGLISH = list('the|a|an|is|are|was|of|to|in|and|for|on|with|when|that|this|it|be|not|should|must|from|by|as|add|if|has|have|which|after|all|no|one|we');
