import { type EntityManager, type EntitySubscriberInterface, type QueryRunner } from 'typeorm';

type Task = () => void;

/** One for each data source of an embedder. */
const subscribers = new WeakMap<EntityManager['dataSource'], AfterCommit>();

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
  let subscriber = subscribers.get(manager.dataSource);
  if (subscriber === undefined) {
    subscriber = new AfterCommit();
    subscribers.set(manager.dataSource, subscriber);
  }
  // One that is initialized again has forgotten it.
  if (!manager.dataSource.subscribers.includes(subscriber)) manager.dataSource.subscribers.push(subscriber);
  subscriber.add(runner, task);
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
