import type { Knex } from 'knex';

/** Case does not matter: words are kept in lower case. */
const asKept = (word: string): string => word.toLowerCase();

/** Words that no message of the app's members may contain. Those that are on the list already stay. */
export async function banWords(knex: Knex, appId: number, words: readonly string[]): Promise<void> {
  const rows = [...new Set(words.map(asKept))].map((word) => ({ app_id: appId, word }));
  await knex('banned_chat_words').insert(rows).onConflict(['app_id', 'word']).ignore();
}

export async function allowWords(knex: Knex, appId: number, words: readonly string[]): Promise<void> {
  await knex('banned_chat_words').where({ app_id: appId }).whereIn('word', words.map(asKept)).delete();
}

/** Whether a text contains a banned word, also as a part of another word. */
export async function hasBannedWord(knex: Knex, appId: number, text: string): Promise<boolean> {
  const found = await knex('banned_chat_words')
    .where({ app_id: appId })
    .andWhereRaw('position(word in ?) > 0', [asKept(text)])
    .first<{ word: string } | undefined>('word');
  return found !== undefined;
}
