// run.mjs DRIVER FILE [COPY...] - each line of FILE is a statement; prints rows as the sqlite3 shell does. The database
// has Stead from the npm package. With copies of the module, each runs FILE in turn in a database of its own, and the
// databases before it stay open.
import { readFileSync } from 'node:fs'
import * as stead from 'stead'

const open = {
	async 'better-sqlite3'(load) {
		const { default: Database } = await import('better-sqlite3')
		const db = await load(new Database(':memory:'))
		return sql => db.prepare(sql).all()
	},
	async 'node:sqlite'(load) {
		const { DatabaseSync } = await import('node:sqlite')
		const db = await load(new DatabaseSync(':memory:', { allowExtension: true }))
		return sql => db.prepare(sql).all()
	},
	async sqlite3(load) {
		const { default: sqlite3 } = await import('sqlite3')
		const db = await load(new sqlite3.Database(':memory:'))
		return sql => new Promise((resolve, reject) =>
			db.all(sql, (error, rows) => error ? reject(error) : resolve(rows)))
	},
}
const [driver, file, ...copies] = process.argv.slice(2)
const loaders = [stead.load, ...copies.map(copy => db => { db.loadExtension(copy); return db })]
const kept = []
for (const load of loaders) {
	const call = await open[driver](load)
	kept.push(call)
	for (const statement of readFileSync(file, 'utf8').trim().split('\n'))
		for (const row of await call(statement))
			console.log(Object.values(row).map(value => value ?? '').join('|'))
}
