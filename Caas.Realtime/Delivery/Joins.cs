using Caas.Core.Members;
using Caas.Realtime.Blocks;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Delivery;

/// <summary>Joins: watch first, then check the membership, then read. A removal in between is seen, and nothing falls between the answer and what is pushed after it.</summary>
internal sealed class Joins(ConversationWatchers watchers, Membership membership, EntryReader reader, ConnectionBlocks blocks, JoinAnswers answers, TimeProvider clock)
{
    public const int MostAtOnce = 100;

    /// <summary>Where a join starts that names no seq.</summary>
    private const int NewestPage = 50;

    private const int AtOnce = 8;

    /// <summary>Characters of content that the answer of many joins holds; conversations beyond it answer with one entry and are read on.</summary>
    private const int ContentOfMany = 4 * 1024 * 1024;

    /// <summary>Live entries wait for the answer to be written, but not for ever: a call that wants no answer gets none.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(1);

    /// <exception cref="RefusedException">As <see cref="EntryReader.ReadAfterAsync"/>.</exception>
    public async Task<JoinResult> JoinAsync(RealtimeConnection connection, ConversationId conversation, long? afterSeq, CancellationToken cancellationToken)
    {
        var (watch, result) = await WatchAsync(connection, conversation, afterSeq, cancellationToken);
        ReleaseAfter(result, [watch]);
        return result;
    }

    /// <summary>Each on its own: one that is refused does not refuse the others.</summary>
    public async Task<JoinResult[]> JoinManyAsync(RealtimeConnection connection, IReadOnlyList<JoinRequest> requests, CancellationToken cancellationToken)
    {
        var results = new JoinResult[requests.Count];
        var watches = new Watch?[requests.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, requests.Count, options, async (i, token) =>
        {
            var request = requests[i];
            try
            {
                (watches[i], results[i]) = await WatchAsync(connection, new(request.ConversationId), request.AfterSeq, token);
            }
            catch (RefusedException refused)
            {
                results[i] = new(request.ConversationId, 0, [], false, refused.Message);
            }
            catch (StoreUnavailableException)
            {
                results[i] = new(request.ConversationId, 0, [], false, Refusal.Unavailable.AsException().Message);
            }
        });
        Shorten(requests, results);
        ReleaseAfter(results, [.. watches.OfType<Watch>()]);
        return results;
    }

    public void Leave(RealtimeConnection connection, ConversationId conversation)
    {
        if (connection.Watches.TryGetValue(LogId.Of(connection.Tenant, conversation), out var watch))
        {
            watchers.Leave(watch);
        }
    }

    private async Task<(Watch Watch, JoinResult Result)> WatchAsync(RealtimeConnection connection, ConversationId conversation, long? afterSeq, CancellationToken cancellationToken)
    {
        await blocks.ReadyAsync(connection, cancellationToken);
        var watch = await watchers.JoinAsync(connection, LogId.Of(connection.Tenant, conversation), cancellationToken);
        try
        {
            // The reader checks the membership before it reads.
            var page = await reader.ReadAfterAsync(connection.Caller, conversation, afterSeq, afterSeq is null ? NewestPage : EntryReader.MaxLimit, cancellationToken, fresh: true);
            if (!watch.Feed.Read(watch, page.LastSeq))
            {
                membership.Forget(connection.Tenant, conversation, connection.User);
                await membership.RequireAsync(connection.Caller, conversation, Right.Read, cancellationToken, fresh: true);
                if (watch.State == WatchState.Ended)
                {
                    throw Refusal.NotAMember.AsException();
                }
            }

            return (watch, new(conversation.Value, page.LastSeq, page.Items, page.Complete));
        }
        catch
        {
            watchers.Leave(watch);
            throw;
        }
    }

    private void ReleaseAfter(object answer, IReadOnlyList<Watch> watches)
    {
        if (watches.Count == 0)
        {
            return;
        }

        (Watch Watch, int Generation)[] joined = [.. watches.Select(watch => (watch, watch.Generation))];
        void Release()
        {
            foreach (var (watch, generation) in joined)
            {
                watch.Feed.Release(watch, generation);
            }
        }

        answers.OnWritten(answer, Release);
        _ = ReleaseLaterAsync(Release);
    }

    private async Task ReleaseLaterAsync(Action release)
    {
        await Task.Delay(AnswerPatience, clock);
        release();
    }

    /// <summary>Keeps the answer of many joins at a size that a client can take.</summary>
    private static void Shorten(IReadOnlyList<JoinRequest> requests, JoinResult[] results)
    {
        var content = 0;
        for (var i = 0; i < results.Length; i++)
        {
            var result = results[i];
            var fits = 0;
            for (; fits < result.Items.Count && content < ContentOfMany; fits++)
            {
                content += SizeOf(result.Items[fits]);
            }

            var keep = Math.Min(result.Items.Count, Math.Max(1, fits));
            if (keep < result.Items.Count)
            {
                // What was missed is shortened at its end and read on; of the newest page the newest stay.
                results[i] = requests[i].AfterSeq is null
                    ? result with { Items = [.. result.Items.TakeLast(keep)] }
                    : result with { Items = [.. result.Items.Take(keep)], Complete = false };
            }
        }
    }

    private static int SizeOf(EntryResponse entry) =>
        300 + (entry.Message?.Text?.Length ?? 0) + ((entry.Message?.Attachments.Count ?? 0) * 300) + RawSize(entry.Message?.Custom) + RawSize(entry.Data);

    private static int RawSize(System.Text.Json.JsonElement? json) =>
        json is { ValueKind: not System.Text.Json.JsonValueKind.Undefined } value ? System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value).Length : 0;
}
