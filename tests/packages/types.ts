// What TypeScript must accept, and what it must refuse. It is compiled as an ES module and as CommonJS.
import { DatabaseSync } from 'node:sqlite'
import type Database from 'better-sqlite3'
import type { Database as CallbackDatabase } from 'sqlite3'
import stead, { load, path } from 'stead'

declare const better: Database.Database
declare const callbacks: CallbackDatabase

export const a: Database.Database = load(better)
export const b: DatabaseSync = stead.load(new DatabaseSync(path, { allowExtension: true }))
export const c: Promise<CallbackDatabase> = load(callbacks)
// @ts-expect-error: a path is no database
load('app.db')
// @ts-expect-error: that of sqlite3 must be awaited
export const d: CallbackDatabase = load(callbacks)
