/** A database of better-sqlite3. It opens its extensions by itself. */
interface BetterSqlite3 {
	loadExtension(path: string): unknown
	pragma(source: string): unknown
}

/** A DatabaseSync of node:sqlite, opened with allowExtension: true. */
interface NodeSqlite {
	loadExtension(path: string): void
	enableLoadExtension(allow: boolean): void
}

/** A Database of sqlite3, whose calls have callbacks. */
interface CallbackSqlite {
	loadExtension(path: string, callback?: (error: Error | null) => void): unknown
	parallelize(callback?: () => void): void
}

/**
 * Loads Stead into a database of better-sqlite3 or node:sqlite, and returns the database. For one of sqlite3 it returns
 * a promise of the database. Every connection needs it. With node:sqlite, loading of extensions is off afterwards.
 */
export declare function load<Db extends CallbackSqlite>(db: Db): Promise<Db>
export declare function load<Db extends NodeSqlite | BetterSqlite3>(db: Db): Db

/** The SQLite module, for whoever loads it in another way. */
export declare const path: string

declare const stead: { load: typeof load; path: string }
export default stead
