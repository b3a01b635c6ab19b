import { Body, Controller, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsString } from 'class-validator';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';

@Entity('note')
export class Note {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  words!: string;
}

export class NewNote {
  @IsString()
  words!: string;
}

@Controller('notes')
export class NotesController {
  constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

  @Post()
  add(@Body() note: NewNote): Promise<Note> {
    return this.notes.save(this.notes.create({ words: note.words }));
  }
}
