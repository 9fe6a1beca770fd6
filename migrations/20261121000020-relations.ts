import type { Knex } from 'knex';

/** Who follows whom, and who counts whom as a friend. A friendship is confirmed where both directions are there. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('follows', (table) => {
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('follower_id').notNullable().references('members.id');
    table.bigInteger('followee_id').notNullable().references('members.id');
    table.timestamp('created_at', { precision: 3, useTz: true }).notNullable().defaultTo(knex.fn.now(3));
    table.primary(['follower_id', 'followee_id']);
    // The lists, newest first.
    table.index(['follower_id', 'created_at']);
    table.index(['followee_id', 'created_at']);
    table.check('follower_id <> followee_id');
  });
  await knex.schema.createTable('friendships', (table) => {
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.bigInteger('member_id').notNullable().references('members.id');
    table.bigInteger('friend_id').notNullable().references('members.id');
    table.timestamp('created_at', { precision: 3, useTz: true }).notNullable().defaultTo(knex.fn.now(3));
    table.primary(['member_id', 'friend_id']);
    table.index(['friend_id', 'created_at']);
    table.check('member_id <> friend_id');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('friendships');
  await knex.schema.dropTable('follows');
}
