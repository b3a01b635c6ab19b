import {
  type DataSource,
  type EntityManager,
  type EntitySubscriberInterface,
  type QueryRunner,
} from 'typeorm';

type Task = () => void;

/** One subscriber for each data source of the host application. */
const subscribers = new WeakMap<DataSource, AfterCommit>();

/** Runs the task after the manager's transaction commits, or now if there is none. After a rollback the task does not run. */
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
  // A data source that is initialized again has lost its subscribers.
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
    // TypeORM also calls it for savepoints.
    if (queryRunner.isTransactionActive) return;
    const tasks = this.tasks.get(queryRunner) ?? [];
    this.tasks.delete(queryRunner);
    for (const task of tasks) task();
  }

  afterTransactionRollback({ queryRunner }: { queryRunner: QueryRunner }): void {
    if (!queryRunner.isTransactionActive) this.tasks.delete(queryRunner);
  }
}
