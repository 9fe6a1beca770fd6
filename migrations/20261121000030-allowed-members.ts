import type { Knex } from 'knex';

/** Who may watch a room or post of access level RESTRICTED. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('allowed_members', (table) => {
    table.bigInteger('app_id').notNullable().references('apps.id');
    table.text('entity').notNullable().checkIn(['videoRoom', 'videoPost']);
    table.bigInteger('entity_id').notNullable();
    table.bigInteger('member_id').notNullable().references('members.id');
    table.timestamp('created_at', { precision: 3, useTz: true }).notNullable().defaultTo(knex.fn.now(3));
    table.primary(['entity', 'entity_id', 'member_id']);
    // A deleted member leaves all lists.
    table.index(['member_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('allowed_members');
}
