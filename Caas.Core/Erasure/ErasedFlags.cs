using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Json;

namespace Caas.Core.Erasure;

/// <summary>What an erased user flagged, and flags of what the user wrote: who it was is the pseudonym, and the user's own reasons are gone. What others said of the user is theirs.</summary>
public sealed class ErasedFlags(IEntryStore entries, IErasureStore store, IFlagStore flags, LogRewriter rewriter) : IErasedPlace
{
    private const int Page = 500;

    public async Task EraseAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        foreach (var conversation in await store.FindFlaggedAsync(erasure, cancellationToken))
        {
            await RewriteAsync(erasure, conversation, cancellationToken);
        }
    }

    private async Task RewriteAsync(UserErasure erasure, ConversationId conversation, CancellationToken cancellationToken)
    {
        var log = FlagFolder.LogOf(erasure.Tenant, conversation);
        for (var after = 0L; await entries.ReadAfterAsync(log, after, Page, cancellationToken) is { Count: > 0 } page; after = page[^1].Seq)
        {
            var own = page.Where(entry => entry.ActorId == erasure.User.Value && entry.Data is not null);
            await store.RewriteAsync(log, [.. own.Select(entry => new EntryRewrite(entry.Seq, WithoutReason(entry.Data!.Value), Actor: null, ClientMessageId: null))], cancellationToken);
            foreach (var entry in page)
            {
                if (entry.Data?.Deserialize(IdentityJsonContext.Default.FlagCreatedData) is { MessageId: { } messageId })
                {
                    await RewriteAsync(erasure, messageId, cancellationToken);
                }
            }
        }

        await rewriter.RewriteAsync(erasure, log, cancellationToken);
    }

    private async Task RewriteAsync(UserErasure erasure, string messageId, CancellationToken cancellationToken)
    {
        var user = erasure.User.Value;
        while (await flags.FindAsync(erasure.Tenant, messageId, cancellationToken) is { Details: var details } flagged && (details.Resolution?.By == user || details.Reasons.Any(reason => reason.UserId == user)))
        {
            var without = details with
            {
                Reasons = [.. details.Reasons.Select(reason => reason.UserId == user ? reason with { UserId = erasure.Pseudonym, Reason = "" } : reason)],
                Resolution = details.Resolution is { } resolution && resolution.By == user ? resolution with { By = erasure.Pseudonym } : details.Resolution,
            };
            if (await flags.SaveAsync(erasure.Tenant, flagged with { Details = without }, flagged.Rev, cancellationToken))
            {
                return;
            }
        }
    }

    private static JsonElement WithoutReason(JsonElement data)
    {
        var fields = JsonObject.Create(data)!;
        if (fields.ContainsKey("reason"))
        {
            fields["reason"] = "";
        }

        return JsonElement.Parse(fields.ToJsonString());
    }
}
