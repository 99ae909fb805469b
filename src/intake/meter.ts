/** Counts the characters that a scanner looked at. The tests prove by it, not by a clock, that the work grows with the length alone. */
export interface Meter { steps: number }
