using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Flags;

/// <summary>How flags come and are resolved: entry first in the log <c>$flags/{conversation}</c>, then its fold. The log's index of client ids holds each user to one flag per message.</summary>
public sealed class FlagWriter(EntryAppender appender, EntryDrafts drafts, FlagFolder folder)
{
    /// <summary>The client id of every flag of a message.</summary>
    public static string IdOf(Entry message) => $"$flag:{message.Seq}";

    /// <returns>The entry, or the one that the same user appended before.</returns>
    internal async Task<Entry> FlagAsync(Caller caller, Entry message, string reason, CancellationToken cancellationToken)
    {
        // Of calls at the same moment the first one's reason counts: it is no part of what tells them apart.
        var hash = ContentHash.Of(SystemEntryTypes.FlagCreated, message.Id, CoreJsonContext.Default.String);
        var data = new FlagCreatedData(message.Log.Name, message.Id, message.ActorId, reason);
        return await AppendAsync(caller, new(message.Log.Name), message.Seq, SystemEntryTypes.FlagCreated, data, IdentityJsonContext.Default.FlagCreatedData, hash, IdOf(message), cancellationToken);
    }

    /// <summary>Whoever appended a flag may not have come to fold it.</summary>
    internal async Task<Entry> FlagAgainAsync(Entry flag, CancellationToken cancellationToken)
    {
        await folder.FoldAsync(flag.Log, flag.Target, cancellationToken);
        return flag;
    }

    /// <returns>The row after it.</returns>
    internal async Task<FlagCase> ResolveAsync(Caller caller, FlagCase flagged, FlagResolvedData data, CancellationToken cancellationToken)
    {
        var hash = ContentHash.Of(SystemEntryTypes.FlagResolved, data, IdentityJsonContext.Default.FlagResolvedData);
        var entry = await AppendAsync(caller, flagged.Conversation, flagged.MessageSeq, SystemEntryTypes.FlagResolved, data, IdentityJsonContext.Default.FlagResolvedData, hash, clientId: null, cancellationToken);
        return await folder.FoldAsync(entry.Log, flagged.MessageSeq, CancellationToken.None) ?? flagged;
    }

    private async Task<Entry> AppendAsync<T>(Caller caller, ConversationId conversation, long messageSeq, string type, T data, JsonTypeInfo<T> typeInfo, string hash, string? clientId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var log = FlagFolder.LogOf(caller.Tenant, conversation);
        var (entry, _) = await appender.AppendAsync(drafts.Create(caller, log, type, hash, messageSeq, clientId) with { Data = JsonSerializer.SerializeToElement(data, typeInfo) }, CancellationToken.None);
        await folder.FoldAsync(log, messageSeq, CancellationToken.None);
        return entry;
    }
}
