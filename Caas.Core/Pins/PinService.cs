using System.Globalization;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Paging;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Pins;

/// <summary>Pinned messages: by owners and moderators, in direct conversations by both. Repeating changes nothing; a deleted message loses its pin.</summary>
public sealed class PinService(IPinStore pins, IEntryStore entries, QuoteReader quotes, MessageWriter writer, Membership membership, Viewers viewers, Cursors cursors)
{
    /// <summary>The most pinned messages of a conversation. Calls at the same moment may go over it by as many as they are.</summary>
    public const int MaxPins = 100;

    private const string ListName = "pins";

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>message_not_found</c>, <c>not_allowed</c>, <c>limit_reached</c>.</exception>
    public async Task<ChangedMessage> PinAsync(Caller caller, ConversationId conversation, string messageId, string? clientId, CancellationToken cancellationToken)
    {
        var (message, pin) = await FindAsync(caller, conversation, messageId, clientId, cancellationToken);
        if (pin is { Removed: false })
        {
            return await writer.AnswerAsync(caller, message, pin.Seq, cancellationToken);
        }

        return (await pins.ListAsync(message.Log, long.MaxValue, MaxPins, cancellationToken)).Count < MaxPins
            ? await ChangeAsync(caller, message, EntryTypes.MessagePinned, clientId, cancellationToken)
            : throw Refusal.LimitReached.With($"A conversation has at most {MaxPins} pinned messages.");
    }

    /// <summary>Takes a pin away; without one nothing changes.</summary>
    /// <exception cref="RefusedException">What <see cref="PinAsync"/> refuses.</exception>
    public async Task<ChangedMessage> UnpinAsync(Caller caller, ConversationId conversation, string messageId, string? clientId, CancellationToken cancellationToken)
    {
        var (message, pin) = await FindAsync(caller, conversation, messageId, clientId, cancellationToken);
        return pin is { Removed: false }
            ? await ChangeAsync(caller, message, EntryTypes.MessageUnpinned, clientId, cancellationToken)
            : await writer.AnswerAsync(caller, message, pin?.Seq ?? message.Rev, cancellationToken);
    }

    /// <summary>A page of the pinned messages, newest pin first; for every member.</summary>
    /// <param name="limit">1 to 200, default 50.</param>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<PinResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, ListName, conversation.Value);
        var before = await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var seq] ? long.Parse(seq, CultureInfo.InvariantCulture) : long.MaxValue;
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        var found = await pins.ListAsync(log, before, count + 1, cancellationToken);
        var page = found.Take(count).ToArray();
        var messages = page.Length == 0 ? [] : (await quotes.AttachAsync(await entries.ReadManyAsync(log, [.. page.Select(pin => pin.MessageSeq)], cancellationToken), cancellationToken)).ToDictionary(message => message.Seq);

        var viewer = await viewers.OfAsync(caller, cancellationToken);

        // Rows are written before the message is: one whose message does not say so yet (or no longer) is about to change.
        var items = page
            .Where(pin => messages.GetValueOrDefault(pin.MessageSeq) is { Message.PinnedAt: not null } message && viewer.Sees(message))
            .Select(pin => new PinResponse(viewer.Show(messages[pin.MessageSeq]), pin.By?.Value, messages[pin.MessageSeq].Message!.PinnedAt!.Value));
        return new([.. items], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, page[^1].Seq.ToString(CultureInfo.InvariantCulture)) : null);
    }

    private async Task<(Entry Message, Pin? Pin)> FindAsync(Caller caller, ConversationId conversation, string messageId, string? clientId, CancellationToken cancellationToken)
    {
        MessageRules.ClientId(new(), clientId).ThrowIfAny();
        await membership.RequireAsync(caller, conversation, Right.Pin, cancellationToken);

        // What is decided here must not rest on a row that an unfolded entry has overtaken.
        var message = await writer.FoldAsync(await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken), cancellationToken);
        return message.Message!.DeletedAt is null
            ? (message, await pins.FindAsync(message.Log, message.Seq, cancellationToken))
            : throw Refusal.NotAllowed.With("The message is deleted.");
    }

    private Task<ChangedMessage> ChangeAsync(Caller caller, Entry message, string type, string? clientId, CancellationToken cancellationToken)
    {
        var data = new MessageChangedData(message.Id);
        var hash = ContentHash.Of(type, data, CoreJsonContext.Default.MessageChangedData);
        return writer.ChangeAsync(caller, message, type, JsonSerializer.SerializeToElement(data, CoreJsonContext.Default.MessageChangedData), hash, clientId, cancellationToken);
    }
}
