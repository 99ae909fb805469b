import { forbidden, isTrue, notFound, page, refuse, textOf, unauthorized } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import { renderLabelEvent, renderNote, renderStateEvent } from './render.js';
import type { Note, Noteable, World } from './world.js';

const NOTE_CHARS_MAX = 1_000_000;

/** Notes, discussions and the history, which issues and merge requests have alike. `of` finds the one a call is about. */
export function noteHandlers(prefix: 'issues' | 'merge_requests', of: (call: Call) => Noteable | undefined): Readonly<Record<string, Handler>> {
  const withNoteable = (call: Call, found: (to: Noteable) => Reply): Reply => {
    const to = of(call);
    return to === undefined ? notFound() : found(to);
  };
  const withNote = (call: Call, found: (to: Noteable, note: Note) => Reply): Reply => withNoteable(call, (to) => {
    const note = visible(call, to).find((one) => String(one.id) === call.params['note_id']);
    return note === undefined ? notFound('Note') : found(to, note);
  });
  const shown = (world: World, call: Call, to: Noteable, note: Note): Record<string, unknown> => renderNote(world, call.project, to, note);
  return {
    [`${prefix}.notes.list`]: (world, call) => withNoteable(call, (to) => {
      const filter = call.query['activity_filter'];
      const all = visible(call, to).filter((note) => filter !== 'only_comments' || !note.system).filter((note) => filter !== 'only_activity' || note.system);
      const by = call.query['order_by'] === 'updated_at' ? 'updatedAt' : 'createdAt';
      const sorted = [...all].sort((a, b) => (a[by] === b[by] ? a.id - b.id : a[by] < b[by] ? -1 : 1));
      // Newest first, when nothing is said.
      return page(world, call, (call.query['sort'] === 'asc' ? sorted : sorted.reverse()).map((note) => shown(world, call, to, note)));
    }),
    [`${prefix}.notes.show`]: (world, call) => withNote(call, (to, note) => ({ status: 200, body: shown(world, call, to, note) })),
    [`${prefix}.notes.create`]: (world, call) => withNoteable(call, (to) => {
      const body = textOf(call.body['body']);
      if (call.user === undefined) return unauthorized();
      if (body.trim() === '') return refuse(400, '400 Bad request - Note can\'t be blank');
      if (body.length > NOTE_CHARS_MAX) return refuse(400, '400 Bad request - Note is too long (maximum is 1000000 characters)');
      const note = world.addNote(to, call.user, body, { internal: isTrue(call.body['internal']) && call.level >= 15 });
      to.updatedAt = note.createdAt;
      return { status: 201, body: shown(world, call, to, note) };
    }),
    [`${prefix}.notes.update`]: (world, call) => withNote(call, (to, note) => {
      if (note.author !== call.user && call.level < 40) return forbidden();
      if (note.system) return forbidden();
      note.body = textOf(call.body['body']);
      note.updatedAt = world.now();
      return { status: 200, body: shown(world, call, to, note) };
    }),
    [`${prefix}.notes.delete`]: (_world, call) => withNote(call, (to, note) => {
      if (note.author !== call.user && call.level < 40) return forbidden();
      to.notes.splice(to.notes.indexOf(note), 1);
      return { status: 204 };
    }),
    [`${prefix}.discussions.list`]: (world, call) => withNoteable(call, (to) => page(world, call, discussionsOf(call, to).map((notes) => renderDiscussion(world, call, to, notes)))),
    [`${prefix}.label_events`]: (world, call) => withNoteable(call, (to) => page(world, call, to.labelEvents.map((event) => renderLabelEvent(world, call.project, to, event)))),
    [`${prefix}.state_events`]: (world, call) => withNoteable(call, (to) => page(world, call, to.stateEvents.map((event) => renderStateEvent(world, to, event)))),
  };
}

/** Internal notes are for members from planner on. */
function visible(call: Call, to: Noteable): readonly Note[] {
  return to.notes.filter((note) => !note.internal || call.level >= 15);
}

export function discussionsOf(call: Call, to: Noteable): readonly (readonly Note[])[] {
  const groups = new Map<string, Note[]>();
  for (const note of visible(call, to)) groups.set(note.discussion, [...groups.get(note.discussion) ?? [], note]);
  return [...groups.values()];
}

export function renderDiscussion(world: World, call: Call, to: Noteable, notes: readonly Note[]): Record<string, unknown> {
  return { id: notes[0]?.discussion, individual_note: notes[0]?.individual ?? true, notes: notes.map((note) => renderNote(world, call.project, to, note)) };
}
