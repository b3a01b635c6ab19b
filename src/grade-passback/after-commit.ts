import {
  type DataSource,
  type EntityManager,
  type EntitySubscriberInterface,
  type QueryRunner,
} from 'typeorm';

type Task = () => void;

/** One for each data source of an embedder. */
const subscribers = new WeakMap<DataSource, AfterCommit>();

/**
 * Does the task when the manager's transaction has been committed; at once, where it is in none. After a rollback it is never
 * done.
 */
export function afterCommit(manager: EntityManager, task: Task): void {
  const runner = manager.queryRunner;
  if (runner?.isTransactionActive !== true) {
    task();
    return;
  }
  const dataSource = dataSourceOf(manager);
  let subscriber = subscribers.get(dataSource);
  if (subscriber === undefined) {
    subscriber = new AfterCommit();
    subscribers.set(dataSource, subscriber);
  }
  // One that is initialized again has forgotten it.
  if (!dataSource.subscribers.includes(subscriber)) dataSource.subscribers.push(subscriber);
  subscriber.add(runner, task);
}

/** TypeORM 0.3 calls it `connection`. */
function dataSourceOf(manager: Pick<EntityManager, 'connection'> & { dataSource?: DataSource }): DataSource {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only name in TypeORM 0.3
  return manager.dataSource ?? manager.connection;
}

class AfterCommit implements EntitySubscriberInterface {
  private readonly tasks = new WeakMap<QueryRunner, Task[]>();

  add(runner: QueryRunner, task: Task): void {
    this.tasks.set(runner, [...(this.tasks.get(runner) ?? []), task]);
  }

  afterTransactionCommit({ queryRunner }: { queryRunner: QueryRunner }): void {
    // It is told of savepoints, too.
    if (queryRunner.isTransactionActive) return;
    const tasks = this.tasks.get(queryRunner) ?? [];
    this.tasks.delete(queryRunner);
    for (const task of tasks) task();
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    if (!queryRunner.isTransactionActive) this.tasks.delete(queryRunner);
  }
}
