using System.Buffers.Binary;
using System.Text;
using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>
/// One message of the MongoDB wire protocol: OP_MSG with a body and document sequences, and the OP_QUERY of a first handshake, answered with OP_REPLY.
/// Source: the specification "MongoDB Wire Protocol".
/// </summary>
internal sealed record WireMessage(int RequestId, bool IsLegacy, BsonDocument Body)
{
    private const int HeaderSize = 16;
    private const int OpReply = 1;
    private const int OpQuery = 2004;
    private const int OpMsg = 2013;
    private const uint ChecksumPresent = 1;

    /// <returns>Null at the end of the stream.</returns>
    public static async Task<WireMessage?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderSize];
        if (await stream.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellationToken) < HeaderSize)
        {
            return null;
        }

        var content = new byte[BinaryPrimitives.ReadInt32LittleEndian(header) - HeaderSize];
        await stream.ReadExactlyAsync(content, cancellationToken);
        var requestId = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        return BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) switch
        {
            OpMsg => new(requestId, false, ReadSections(content)),
            OpQuery => new(requestId, true, ReadQuery(content)),
            var code => throw new InvalidDataException($"Opcode {code} is not spoken here."),
        };
    }

    /// <summary>The bytes of the answer to this message.</summary>
    public byte[] Reply(BsonDocument body)
    {
        var document = body.ToBson();
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(0);
        writer.Write(0);
        writer.Write(RequestId);
        writer.Write(IsLegacy ? OpReply : OpMsg);
        if (IsLegacy)
        {
            writer.Write(8); // flags: await capable
            writer.Write(0L); // cursor id
            writer.Write(0); // starting from
            writer.Write(1); // number returned
        }
        else
        {
            writer.Write(0); // flags
            writer.Write((byte)0); // a section of kind 0: the body
        }

        writer.Write(document);
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        return bytes;
    }

    private static BsonDocument ReadSections(byte[] content)
    {
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(content);
        var end = content.Length - ((flags & ChecksumPresent) == 0 ? 0 : 4);
        BsonDocument body = [];
        var sequences = new List<(string Name, BsonArray Documents)>();
        for (var at = 4; at < end;)
        {
            var kind = content[at++];
            if (kind == 0)
            {
                body = ReadDocument(content, ref at);
                continue;
            }

            var sectionEnd = at + BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at));
            at += 4;
            var sequence = (Name: ReadName(content, ref at), Documents: new BsonArray());
            while (at < sectionEnd)
            {
                sequence.Documents.Add(ReadDocument(content, ref at));
            }

            sequences.Add(sequence);
        }

        foreach (var (name, documents) in sequences)
        {
            body.Add(name, documents);
        }

        return body;
    }

    private static BsonDocument ReadQuery(byte[] content)
    {
        var at = 4;
        ReadName(content, ref at);
        at += 8; // skip, return
        var query = ReadDocument(content, ref at);
        return query.TryGetValue("$query", out var wrapped) ? wrapped.AsBsonDocument : query;
    }

    private static string ReadName(byte[] content, ref int at)
    {
        var length = content.AsSpan(at).IndexOf((byte)0);
        var name = Encoding.UTF8.GetString(content, at, length);
        at += length + 1;
        return name;
    }

    private static BsonDocument ReadDocument(byte[] content, ref int at)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at));
        var document = MongoDB.Bson.Serialization.BsonSerializer.Deserialize<BsonDocument>(content.AsMemory(at, length).ToArray());
        at += length;
        return document;
    }
}
