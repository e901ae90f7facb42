using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;

namespace Caas.Realtime.Protocols;

/// <summary>Formats every type through its JSON contract: what MessagePack carries is the JSON of the same value, transcoded. One definition of the wire for both protocols.</summary>
internal sealed class JsonBridgeResolver(JsonSerializerOptions options) : IFormatterResolver
{
    private readonly ConcurrentDictionary<Type, IMessagePackFormatter> _formatters = new();

    public IMessagePackFormatter<T> GetFormatter<T>() =>
        (IMessagePackFormatter<T>)_formatters.GetOrAdd(typeof(T), static (_, options) => new JsonBridgeFormatter<T>(options), options);
}

/// <summary>One type's bridge.</summary>
internal sealed class JsonBridgeFormatter<T>(JsonSerializerOptions options) : IMessagePackFormatter<T>
{
    public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions _)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, options);
        MessagePackJson.Write(json, ref writer);
    }

    public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions _)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            MessagePackJson.Read(ref reader, json);
        }

        return JsonSerializer.Deserialize<T>(buffer.WrittenSpan, options)!;
    }
}
