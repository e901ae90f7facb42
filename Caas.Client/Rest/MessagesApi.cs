using System.Globalization;
using System.Runtime.CompilerServices;
using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Messages, their reactions and pins, and the log.</summary>
public sealed class MessagesApi
{
    private readonly RestCaller _caller;

    internal MessagesApi(RestCaller caller) => _caller = caller;

    /// <summary>Sends a message. Tried again with the same client id, or (where it has none) the same <c>Idempotency-Key</c>, which is its client id then: it is stored once.</summary>
    public Task<MessageResponse> SendAsync(string conversationId, SendMessageRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages"), request, idempotencyKey, cancellationToken);

    /// <summary>A page, newest first. At most one of the seqs; without one, the newest.</summary>
    /// <param name="before">The nearest that are older.</param>
    /// <param name="after">The nearest that are newer.</param>
    /// <param name="around">Half of each.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    public Task<MessagePage> PageAsync(string conversationId, long? before = null, long? after = null, long? around = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<MessagePage>(
            Query(Path($"/v1/conversations/{conversationId}/messages"), ("before", Text(before)), ("after", Text(after)), ("around", Text(around)), ("limit", Text(limit))), cancellationToken);

    /// <summary>A page of the replies to a message, newest first; as of <see cref="PageAsync"/>.</summary>
    public Task<MessagePage> RepliesPageAsync(string conversationId, string messageId, long? before = null, long? after = null, long? around = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<MessagePage>(
            Query(Path($"/v1/conversations/{conversationId}/messages/{messageId}/replies"), ("before", Text(before)), ("after", Text(after)), ("around", Text(around)), ("limit", Text(limit))), cancellationToken);

    /// <summary>All messages, newest first, page by page as they are asked for.</summary>
    public async IAsyncEnumerable<MessageResponse> ListAsync(string conversationId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long? before = null;
        do
        {
            var page = await PageAsync(conversationId, before, limit: 200, cancellationToken: cancellationToken);
            foreach (var message in page.Items)
            {
                yield return message;
            }

            before = page.Next;
        }
        while (before is not null);
    }

    /// <summary>Brings up to 100 messages of elsewhere in, oldest first, with their own senders and times; for the backend. What was imported before comes in once.</summary>
    public async Task<IReadOnlyList<ImportedMessage>> ImportAsync(string conversationId, IReadOnlyList<ImportMessage> messages, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<ImportMessagesResponse>(Path($"/v1/conversations/{conversationId}/import"), new ImportMessagesRequest(messages), idempotencyKey, cancellationToken)).Items;

    public Task<MessageResponse> GetAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}"), cancellationToken);

    /// <summary>Changes a message: absent fields stay, null clears.</summary>
    public Task<MessageResponse> EditAsync(string conversationId, string messageId, EditMessageRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}"), request, Guid.NewGuid().ToString("n"), cancellationToken);

    public Task DeleteAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/messages/{messageId}"), cancellationToken);

    /// <summary>All versions, oldest first.</summary>
    public async Task<IReadOnlyList<MessageVersion>> GetHistoryAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        (await _caller.GetAsync<MessageHistoryResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/history"), cancellationToken)).Items;

    public Task<MessageResponse> AddReactionAsync(string conversationId, string messageId, string emoji, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}"), null, cancellationToken);

    public Task RemoveReactionAsync(string conversationId, string messageId, string emoji, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/messages/{messageId}/reactions/{emoji}"), cancellationToken);

    /// <summary>Pins a message; for owners and moderators, in a direct conversation for both. Repeating it changes nothing.</summary>
    public Task<MessageResponse> PinAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/pin"), null, cancellationToken);

    public Task UnpinAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/messages/{messageId}/pin"), cancellationToken);

    /// <summary>A message's poll, and what the caller chose.</summary>
    public Task<PollStateResponse> GetPollAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<PollStateResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/poll"), cancellationToken);

    /// <summary>Votes, in place of an earlier vote. Repeating it changes nothing.</summary>
    public Task<MessageResponse> VoteAsync(string conversationId, string messageId, IReadOnlyList<string> optionIds, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/poll/vote"), new VoteRequest(optionIds), cancellationToken);

    public Task WithdrawVoteAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/messages/{messageId}/poll/vote"), cancellationToken);

    /// <summary>Closes a poll; for its author and moderators. Closing it again changes nothing.</summary>
    public Task<MessageResponse> ClosePollAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<MessageResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/poll/close"), null, null, cancellationToken);

    /// <summary>Sends a message later, once, with the rights that its sender has then.</summary>
    public Task<ScheduledMessageResponse> ScheduleAsync(string conversationId, ScheduleMessageRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<ScheduledMessageResponse>(Path($"/v1/conversations/{conversationId}/scheduled"), request, idempotencyKey, cancellationToken);

    /// <summary>The caller's messages that wait to be sent, or failed.</summary>
    public IAsyncEnumerable<ScheduledMessageResponse> ListScheduledAsync(string conversationId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<ScheduledMessageResponse>(Path($"/v1/conversations/{conversationId}/scheduled"), cancellationToken);

    /// <summary>Takes a scheduled message back, or dismisses one that failed.</summary>
    public Task DeleteScheduledAsync(string conversationId, string scheduledId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/scheduled/{scheduledId}"), cancellationToken);

    /// <summary>The pinned messages, newest pin first.</summary>
    public IAsyncEnumerable<PinResponse> ListPinsAsync(string conversationId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<PinResponse>(Path($"/v1/conversations/{conversationId}/pins"), cancellationToken);

    public Task<Page<PinResponse>> PinsPageAsync(string conversationId, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<PinResponse>(Path($"/v1/conversations/{conversationId}/pins"), cursor, limit, cancellationToken);

    /// <summary>A stretch of the log, in order.</summary>
    /// <param name="after">The seq before the first.</param>
    /// <param name="limit">1 to 1,000; default 50. A page may end earlier when its texts are long.</param>
    public Task<EntryPage> ReadEntriesAsync(string conversationId, long after = 0, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<EntryPage>(Query(Path($"/v1/conversations/{conversationId}/entries"), ("after", Text(after)), ("limit", Text(limit))), cancellationToken);

    /// <summary>The log from a seq on to its end, in order, page by page as it is asked for.</summary>
    public async IAsyncEnumerable<EntryResponse> ListEntriesAsync(string conversationId, long after = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var complete = false; !complete;)
        {
            var page = await ReadEntriesAsync(conversationId, after, 1_000, cancellationToken);
            foreach (var entry in page.Items)
            {
                yield return entry;
                after = entry.Seq;
            }

            complete = page.Complete;
        }
    }

    private static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
