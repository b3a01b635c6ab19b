import {
  type ArgumentMetadata,
  type ArgumentsHost,
  BadRequestException,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  type OnApplicationShutdown,
  type OnModuleInit,
  type PipeTransform,
  Post,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { createPostgresBackend, type Queue, withBackend, type Worker } from 'bullmq';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { type Observable } from 'rxjs';
import { type LtiEventMap } from '../../src/index.js';

/** The common part of the requests of Express and Fastify. */
interface HostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}
interface HostReply {
  status(status: number): { send(body: object): unknown };
}

function pathOf(host: ArgumentsHost): string {
  return new URL(host.switchToHttp().getRequest<HostRequest>().url, 'http://localhost').pathname;
}

/** What the host's own parts have recorded. */
export class HostDiary {
  readonly guarded: string[] = [];
  readonly caught: string[] = [];
  readonly piped: string[] = [];
  readonly intercepted: string[] = [];
  readonly completedSyncs: LtiEventMap['lti.sync.completed'][] = [];
  readonly addedMembers: LtiEventMap['lti.membership.added'][] = [];
  readonly jobs: string[] = [];
  crons = 0;
  intervals = 0;
  shutdowns = 0;
}

@Entity('note')
export class HostNote {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  words!: string;
}

class NewNote {
  declare words: string;
}

@Injectable()
class HostGuard implements CanActivate {
  constructor(private readonly diary: HostDiary) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<HostRequest>();
    this.diary.guarded.push(pathOf(context));
    return headers['x-banned'] === undefined;
  }
}

@Catch()
class HostFilter implements ExceptionFilter {
  constructor(private readonly diary: HostDiary) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    this.diary.caught.push(pathOf(host));
    host.switchToHttp().getResponse<HostReply>().status(status).send({ host: 'is sorry' });
  }
}

@Injectable()
class HostPipe implements PipeTransform {
  constructor(private readonly diary: HostDiary) {}

  transform(value: { words?: unknown }, { metatype }: ArgumentMetadata): unknown {
    if (metatype !== NewNote) return value;
    if (typeof value.words !== 'string') throw new BadRequestException();
    this.diary.piped.push(value.words);
    return { words: value.words.trim() };
  }
}

@Injectable()
class HostInterceptor implements NestInterceptor {
  constructor(private readonly diary: HostDiary) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.diary.intercepted.push(pathOf(context));
    return next.handle();
  }
}

@Controller('host')
class HostController {
  constructor(@InjectRepository(HostNote) private readonly notes: Repository<HostNote>) {}

  @Get('notes')
  list(): Promise<HostNote[]> {
    return this.notes.find();
  }

  @Post('notes')
  add(@Body() note: NewNote): Promise<HostNote> {
    return this.notes.save(note);
  }

  @Get('broken')
  broken(): never {
    throw new Error('as a host may be');
  }
}

@Injectable()
class HostHandlers {
  constructor(private readonly diary: HostDiary) {}

  // Long intervals: a test calls them.
  @Cron('0 0 0 29 2 *')
  cron(): void {
    this.diary.crons += 1;
  }

  @Interval(86_400_000)
  interval(): void {
    this.diary.intervals += 1;
  }

  @OnEvent('lti.sync.completed')
  completed(event: LtiEventMap['lti.sync.completed']): void {
    this.diary.completedSyncs.push(event);
  }

  @OnEvent('lti.membership.added')
  added(event: LtiEventMap['lti.membership.added']): void {
    this.diary.addedMembers.push(event);
  }
}

const HOST_DATABASE = 'HOST_DATABASE';
const hostEngine = withBackend(createPostgresBackend);

/** A queue of the host with the name of one of ours, in its own database and schema. */
@Injectable()
export class HostJobs implements OnModuleInit, OnApplicationShutdown {
  private queue!: Pick<Queue, 'add' | 'close'>;
  private worker!: Pick<Worker, 'close'>;

  constructor(
    private readonly diary: HostDiary,
    @Inject(HOST_DATABASE) private readonly url: string,
  ) {}

  onModuleInit(): void {
    const connection = { connectionString: this.url, schema: 'host_jobs', max: 3, migrate: true };
    this.queue = new hostEngine.Queue('course-syncs', { connection });
    this.worker = new hostEngine.Worker(
      'course-syncs',
      (job) => {
        this.diary.jobs.push(job.name);
        return Promise.resolve();
      },
      { connection },
    );
  }

  async add(name: string): Promise<void> {
    await this.queue.add(name, {});
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
    this.diary.shutdowns += 1;
  }
}

/** A host application with every global part that a guest could break. */
@Module({})
export class HostModule {
  /**
   * @param settings the values of its ConfigService
   * @param lti the module; without it the host has no nest-lti
   */
  static with(databaseUrl: string, settings: object, lti?: DynamicModule): DynamicModule {
    return {
      module: HostModule,
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          validatePredefined: false,
          isGlobal: true,
          load: [() => settings],
        }),
        ScheduleModule.forRoot(),
        EventEmitterModule.forRoot(),
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: databaseUrl,
          autoLoadEntities: true,
          synchronize: true,
        }),
        TypeOrmModule.forFeature([HostNote]),
        ...(lti === undefined ? [] : [lti]),
      ],
      controllers: [HostController],
      providers: [
        HostDiary,
        HostHandlers,
        HostJobs,
        { provide: HOST_DATABASE, useValue: databaseUrl },
        { provide: APP_GUARD, useClass: HostGuard },
        { provide: APP_FILTER, useClass: HostFilter },
        { provide: APP_PIPE, useClass: HostPipe },
        { provide: APP_INTERCEPTOR, useClass: HostInterceptor },
      ],
    };
  }
}

export { ConfigService as HostConfig };
