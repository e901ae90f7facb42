using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Entries;

/// <summary>Reads a conversation's log as one caller may see it.</summary>
public sealed class EntryReader
{
    /// <summary>Entries with seq above <paramref name="afterSeq"/>, in order, messages in their current state.</summary>
    /// <param name="afterSeq">0: from the start; null: the newest <paramref name="limit"/> entries.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>; <c>invalid_arguments</c> when <paramref name="afterSeq"/> is negative or above the last seq.</exception>
    public Task<EntryPage> ReadAfterAsync(Caller caller, ConversationId conversation, long? afterSeq, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>For delivery inside the platform: entries as every member sees them, without asking who.</summary>
    public Task<IReadOnlyList<EntryResponse>> ReadForDeliveryAsync(TenantId tenant, ConversationId conversation, long afterSeq, int limit, CancellationToken cancellationToken) => throw new NotImplementedException();
}
