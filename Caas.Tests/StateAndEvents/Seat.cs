using Caas.Client;

namespace Caas.Tests.StateAndEvents;

/// <summary>A user with one connection to one replica, who follows the conversation whenever it is a member of it.</summary>
internal sealed class Seat : IAsyncDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly string _conversation;
    private readonly Task _following;
    private readonly bool _spared;
    private readonly IReadOnlyList<string> _shadowed;

    /// <param name="blocks">Who blocks whom.</param>
    /// <param name="shadowed">Who is shadow-banned now and then.</param>
    public Seat(string user, CaasConnection connection, CaasRestClient rest, string conversation, IReadOnlyList<(string By, string Of)> blocks, IReadOnlyList<string> shadowed, CancellationToken cancellationToken)
    {
        (_spared, _shadowed) = (blocks.Any(block => block.By == user), shadowed);
        var blocked = blocks.Where(block => block.By == user || block.Of == user).SelectMany(block => new[] { block.By, block.Of }).Where(other => other != user).ToHashSet();
        (User, Connection, Rest, _conversation, Model) = (user, connection, rest, conversation, new(user, blocked));
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        connection.Receipt += receipt => Model.Apply(receipt.UserId, receipt.DeliveredSeq, receipt.ReadSeq);
        _following = FollowAsync(_end.Token);
    }

    public string User { get; }

    public CaasConnection Connection { get; }

    /// <summary>The user's own view over REST.</summary>
    public CaasRestClient Rest { get; }

    public ConversationModel Model { get; }

    /// <summary>How often it was put out, and came back.</summary>
    public int Returns { get; private set; }

    /// <summary>What is wrong; null: events say what REST says, or the user is no member.</summary>
    /// <param name="settled">Everything that stands has been replied to since the last hidden reply.</param>
    public async Task<string?> DifferenceAsync(bool settled, CancellationToken cancellationToken)
    {
        if (_following.IsFaulted)
        {
            await _following;
        }

        try
        {
            var others = _shadowed.Where(user => user != User).ToArray();
            var spared = !_spared ? Spared.None : settled ? Spared.DeletedThreads : Spared.Threads;
            return Facts.Difference(Model.Facts(spared, others), await Facts.ReadAsync(Rest, _conversation, spared, others, cancellationToken)) is { } difference ? $"{User}: {difference}" : null;
        }
        catch (CaasException refused) when (refused.Code == "not_a_member")
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await ((Task)_following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Connection.DisposeAsync();
        _end.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var conversation = await Connection.JoinAsync(_conversation, Model.LastSeq, cancellationToken);
                await foreach (var receipt in Rest.Receipts.ListAsync(_conversation, cancellationToken))
                {
                    Model.Apply(receipt.UserId, receipt.DeliveredSeq, receipt.ReadSeq);
                }

                await foreach (var entry in conversation.Entries(cancellationToken))
                {
                    Model.Apply(entry);
                }
            }
            catch (CaasException refused) when (refused.Code is "not_a_member" or "removed")
            {
                // Out of it, for now.
                Returns++;
                await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
            }
        }
    }
}
