// Writes the next migration: the difference between the committed migrations (replayed in an in-memory Postgres) and
// schema.prisma. `node libs/store-prisma/prisma/author.mjs 20260102000000_add_note`; without a name it only prints.
// Prisma's own `migrate` needs a native engine that a machine behind mirrors cannot download; its WebAssembly build can.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineCode from '@prisma/schema-engine-wasm/schema_engine_bg';
import { PrismaPGlite } from 'pglite-prisma-adapter';

const schemaFile = path.join(import.meta.dirname, 'schema.prisma');
const folder = path.join(import.meta.dirname, 'migrations');
const emptyMigration = /^-- This is an empty migration/;

async function loadEngine() {
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = fs.readFileSync(script.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': engineCode });
  engineCode.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

function committedMigrations() {
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .sort();
  return names.map((name) => ({
    path: name,
    migrationFile: {
      path: 'migration.sql',
      content: { tag: 'ok', value: fs.readFileSync(path.join(folder, name, 'migration.sql'), 'utf8') },
    },
  }));
}

/** The SQL that brings the committed migrations to schema.prisma; undefined when they are in step. */
export async function missingMigration() {
  await loadEngine();
  const content = fs.readFileSync(schemaFile, 'utf8');
  const databases = [];
  const adapter = () => {
    const database = new PGlite();
    databases.push(database);
    return new PrismaPGlite(database);
  };
  const factory = {
    provider: 'postgres',
    adapterName: 'pglite',
    connect: () => adapter().connect(),
    connectToShadowDb: () => adapter().connect(),
  };
  const engine = await engineCode.SchemaEngine.new(
    { datamodels: [['schema.prisma', content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  const migrations = committedMigrations();
  const from = {
    tag: 'migrations',
    baseDir: folder,
    lockfile: { path: './migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations,
  };
  const { stdout } = await engine.diff({
    from: migrations.length > 0 ? from : { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  await Promise.all(databases.map((database) => database.close().catch(() => undefined)));
  return emptyMigration.test(stdout) ? undefined : stdout;
}

if (process.argv[1] === import.meta.filename) {
  const sql = await missingMigration();
  console.log(sql ?? 'The migrations are in step with schema.prisma.');
  const name = process.argv[2];
  if (sql !== undefined && name !== undefined) {
    fs.mkdirSync(path.join(folder, name), { recursive: true });
    fs.writeFileSync(path.join(folder, name, 'migration.sql'), sql);
  }
  process.exit(0);
}
