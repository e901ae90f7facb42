using System.Text.Json;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;
using Microsoft.Extensions.Options;

namespace Caas.Core.Typing;

/// <summary>Tells all processes who types: this one's board at once, the others' through the conversation's channel, and the store for those who ask later. Waits for nobody.</summary>
public sealed class TypingAnnouncer(TypingBoard board, ITypingStore store, IConversationChannels channels, TypingMetrics metrics, IdGenerator ids, IOptions<TypingOptions> options, TimeProvider clock)
{
    public const string SignalKind = "typing";

    /// <summary>Whoever says it again sooner is not listened to: a client that says it with every key costs nobody anything.</summary>
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(1);

    private readonly string _origin = ids.Next();

    public void Start(LogId log, UserId user, string name)
    {
        var known = board.Find(log, user);
        if (known is { } fresh && fresh.SinceRenewed < Shorter(RenewAfter, options.Value.Lifetime / 2))
        {
            metrics.Dropped("renewed");
            return;
        }

        var typist = known?.Typist ?? new(user, name, DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()));
        board.Start(log, typist, own: true);
        Publish(log, typist, on: true);
        _ = store.StartAsync(log, typist, options.Value.Lifetime, CancellationToken.None);
    }

    public void Stop(LogId log, UserId user)
    {
        var typist = board.Find(log, user)?.Typist ?? new(user, "", default);
        board.Stop(log, user, DateTimeOffset.MaxValue, TypingEnd.Stopped);
        Publish(log, typist, on: false);
        _ = store.StopAsync(log, user, DateTimeOffset.MaxValue, CancellationToken.None);
    }

    /// <summary>The user has hidden it: whoever is told of it is told no more. Of a typing that nobody is told of nothing is said.</summary>
    public void Hide(LogId log, UserId user)
    {
        if (board.Find(log, user) is { } known)
        {
            board.Stop(log, user, DateTimeOffset.MaxValue, TypingEnd.Hidden);
            Publish(log, known.Typist, on: false);
            _ = store.StopAsync(log, user, DateTimeOffset.MaxValue, CancellationToken.None);
        }
    }

    /// <summary>Something passed that ends a typing that began before: each process learns of it itself.</summary>
    public void End(LogId log, UserId user, DateTimeOffset at, TypingEnd end)
    {
        if (board.Find(log, user) is { } known && known.Typist.StartedAt <= at)
        {
            board.Stop(log, user, at, end);
            _ = store.StopAsync(log, user, at, CancellationToken.None);
        }
    }

    /// <summary>What another process told through the channel.</summary>
    /// <returns>False: it is no such signal.</returns>
    public bool Receive(LogId log, ReadOnlyMemory<byte> body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body.Span, CoreJsonContext.Default.TypingSignal) is not { Name: not null } signal || !PublicId.IsValid(signal.UserId))
            {
                return false;
            }

            // What this process said itself it has heard: it may have said something else since.
            if (signal.Origin == _origin)
            {
                return true;
            }

            var user = new UserId(signal.UserId);
            if (signal.On)
            {
                board.Start(log, new(user, signal.Name, signal.StartedAt), own: false);
            }
            else
            {
                board.Stop(log, user, DateTimeOffset.MaxValue, TypingEnd.Stopped);
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Publish(LogId log, Typist typist, bool on) =>
        channels.Publish(log, ConversationSignals.Write(SignalKind, JsonSerializer.SerializeToUtf8Bytes(new TypingSignal(_origin, typist.User.Value, typist.Name, typist.StartedAt, on), CoreJsonContext.Default.TypingSignal)));
}

/// <summary>What stands on a conversation's channel.</summary>
/// <param name="Origin">The process that says it.</param>
public sealed record TypingSignal(string Origin, string UserId, string Name, DateTimeOffset StartedAt, bool On);
