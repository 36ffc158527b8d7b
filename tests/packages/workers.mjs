// workers.mjs DRIVER - two workers and the main thread load Stead and call it; two more are stopped in the midst of it.
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { createHash } from 'node:crypto'
import { load } from 'stead'

async function open(driver) {
	if (driver === 'node:sqlite') {
		const { DatabaseSync } = await import('node:sqlite')
		return load(new DatabaseSync(':memory:', { allowExtension: true }))
	}
	const { default: Database } = await import('better-sqlite3')
	return load(new Database(':memory:'))
}

async function work(driver, rounds) {
	for (let round = 0; round < rounds; round++) {
		const db = await open(driver)
		db.prepare('SELECT stead_init()').all()
		db.prepare("SELECT stead_jwt_key_set('key', 'HS256', 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY')").all()
		for (let call = 0; call < 50; call++) {
			const { token } = db.prepare(`SELECT stead_jwt_sign('{"n":${call}}', 'key') AS token`).all()[0]
			if (db.prepare('SELECT valid FROM stead_jwt_verify(?)').all(token)[0].valid !== 1)
				throw new Error(`not valid: ${token}`)
			createHash('sha256').update(token).digest('hex') // by Node's own OpenSSL
		}
		if (round % 2)
			db.close()
	}
}

if (isMainThread) {
	const driver = process.argv[2]
	const start = rounds => new Worker(new URL(import.meta.url), { workerData: { driver, rounds } })
	const end = worker => new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve))
	const workers = [start(10), start(10)], stopped = [start(100000), start(100000)]
	const ends = [...workers, ...stopped].map(end)
	await work(driver, 10)
	await Promise.all(ends.slice(0, 2))
	await Promise.all(stopped.map(worker => worker.terminate()))
	console.log((await Promise.all(ends)).join(' '))
} else {
	await work(workerData.driver, workerData.rounds)
}
