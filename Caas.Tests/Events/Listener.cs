using System.Collections.Concurrent;
using System.Text.Json;
using Caas.Core.Events;

namespace Caas.Tests.Events;

/// <summary>One consumer of a test: keeps what it has handled, in the order in which handling ended.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly Func<Heard, CancellationToken, Task> _handle;
    private readonly Consuming _running;

    public Listener(IEventBus bus, string group, Func<Heard, CancellationToken, Task>? handle = null, params string[] topics)
    {
        _handle = handle ?? ((_, _) => Task.CompletedTask);
        _running = new(bus, group, topics.Length > 0 ? topics : [Topics.Messages], HandleAsync);
    }

    /// <summary>Everything that was handled without an exception.</summary>
    public ConcurrentQueue<Heard> Handled { get; } = [];

    /// <summary>Everything that the handler was called for.</summary>
    public ConcurrentQueue<Heard> Tried { get; } = [];

    /// <summary>As a host that stops.</summary>
    public Task StopAsync() => _running.StopAsync();

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private async Task HandleAsync(EventRecord record, CancellationToken cancellationToken)
    {
        var heard = Heard.Of(record);
        Tried.Enqueue(heard);
        await _handle(heard, cancellationToken);
        Handled.Enqueue(heard);
    }
}

/// <summary>What a test needs to know of an event.</summary>
internal sealed record Heard(string Topic, string Key, string Id, string Type, string? Text)
{
    public long Seq => long.Parse(Id[(Id.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    public static Heard Of(EventRecord record)
    {
        using var document = JsonDocument.Parse(record.CloudEvent);
        var root = document.RootElement;
        var text = root.GetProperty("data") is { ValueKind: JsonValueKind.Object } data && data.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object ? message.GetProperty("text").GetString() : null;
        return new(record.Topic, record.Key, root.GetProperty("id").GetString()!, root.GetProperty("type").GetString()!, text);
    }
}
