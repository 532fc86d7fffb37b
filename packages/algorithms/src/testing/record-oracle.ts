/** For tests: the Record message through a protobuf library, with the schema written out as a descriptor. */
import {
  create,
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type JsonValue,
} from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

export function oracleJson(payload: Uint8Array): JsonValue {
  return toJson(schema, fromBinary(schema, payload));
}

export function oracleBinary(json: JsonValue): Uint8Array {
  return toBinary(schema, fromJson(schema, json));
}

const prefix = '.aialgs.data.';

function tensor(name: string, type: Type): object {
  const repeated = { label: Label.REPEATED, options: { packed: true } };
  return {
    name,
    field: [
      { name: 'values', jsonName: 'values', number: 1, type, ...repeated },
      { name: 'keys', jsonName: 'keys', number: 2, type: Type.UINT64, ...repeated },
      { name: 'shape', jsonName: 'shape', number: 3, type: Type.UINT64, ...repeated },
    ],
  };
}

function mapEntry(name: string): object {
  return {
    name,
    options: { mapEntry: true },
    field: [
      { name: 'key', jsonName: 'key', number: 1, type: Type.STRING, label: Label.OPTIONAL },
      {
        name: 'value',
        jsonName: 'value',
        number: 2,
        type: Type.MESSAGE,
        typeName: `${prefix}Value`,
        label: Label.OPTIONAL,
      },
    ],
  };
}

function oneOf(name: string, number: number, typeName: string): object {
  return {
    name,
    jsonName: `${name.split('_')[0]}Tensor`,
    number,
    type: Type.MESSAGE,
    typeName: `${prefix}${typeName}`,
    label: Label.OPTIONAL,
    oneofIndex: 0,
  };
}

function text(name: string, number: number): object {
  return { name, jsonName: name, number, type: Type.STRING, label: Label.OPTIONAL };
}

const file = create(FileDescriptorProtoSchema, {
  name: 'record.proto',
  package: 'aialgs.data',
  syntax: 'proto2',
  messageType: [
    tensor('Float32Tensor', Type.FLOAT),
    tensor('Float64Tensor', Type.DOUBLE),
    tensor('Int32Tensor', Type.INT32),
    {
      name: 'Value',
      oneofDecl: [{ name: 'value' }],
      field: [
        oneOf('float32_tensor', 2, 'Float32Tensor'),
        oneOf('float64_tensor', 3, 'Float64Tensor'),
        oneOf('int32_tensor', 7, 'Int32Tensor'),
      ],
    },
    {
      name: 'Record',
      nestedType: [mapEntry('FeaturesEntry'), mapEntry('LabelEntry')],
      field: [
        {
          name: 'features',
          jsonName: 'features',
          number: 1,
          type: Type.MESSAGE,
          typeName: `${prefix}Record.FeaturesEntry`,
          label: Label.REPEATED,
        },
        {
          name: 'label',
          jsonName: 'label',
          number: 2,
          type: Type.MESSAGE,
          typeName: `${prefix}Record.LabelEntry`,
          label: Label.REPEATED,
        },
        text('uid', 3),
        text('metadata', 4),
        text('configuration', 5),
      ],
    },
  ],
});

const schema = messageOf('aialgs.data.Record');

function messageOf(name: string): DescMessage {
  const found = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(name);
  if (found === undefined) throw new Error(`the descriptor has no ${name}`);
  return found;
}
