import { z } from 'zod';

/**
 * The name of a session as a program told it. In the next attempt it is an argument of that program, and some programs also
 * take a path there: what could be read as an option or a path is none. Whatever runs beside the program can write its lines.
 */
export const SessionId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/);
