using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Quotes;

namespace Caas.Core.Visibility;

/// <summary>Finds out what callers may see.</summary>
public sealed class Viewers(BlockDirectory blocks, BanDirectory bans, IEntryStore entries, QuoteReader quotes)
{
    private const int FirstPage = 20;
    private const int NextPage = 200;
    private const int MostPages = 6;

    public async ValueTask<Viewer> OfAsync(Caller caller, CancellationToken cancellationToken) =>
        caller.User is { } user ? new(user, await blocks.FindAsync(caller.Tenant, user, cancellationToken)) : Viewer.Everything;

    /// <summary>Whether others do not get what a caller does in a conversation now. What it does is marked so when it is stored, and stays so.</summary>
    public async ValueTask<bool> IsShadowedAsync(Caller caller, LogId log, CancellationToken cancellationToken) =>
        caller.User is { } user && await bans.IsShadowedAsync(caller.Tenant, user, new(log.Name), cancellationToken);

    /// <summary>The newest message that a reader may see, as the reader gets it: for previews.</summary>
    /// <param name="newest">The newest of all, with what it quotes; null: there is none.</param>
    /// <returns>Null: there is none, or none among the newest thousand.</returns>
    public async ValueTask<MessageResponse?> ShowNewestAsync(Viewer viewer, Entry? newest, CancellationToken cancellationToken) =>
        await FindNewestAsync(viewer, newest, cancellationToken) is { } found ? viewer.Show(found) : null;

    /// <summary>The same, as it stands in the log.</summary>
    public async ValueTask<Entry?> FindNewestAsync(Viewer viewer, Entry? newest, CancellationToken cancellationToken)
    {
        if (newest is null || viewer.Sees(newest))
        {
            return newest;
        }

        for (var (page, last) = (0, newest); page < MostPages && last is not null && !viewer.Sees(last); page++)
        {
            var older = await entries.ReadMessagesAsync(last.Log, Direction.Older, last.Seq, page == 0 ? FirstPage : NextPage, cancellationToken);
            if (older.FirstOrDefault(viewer.Sees) is { } seen)
            {
                return await quotes.AttachAsync(seen, cancellationToken);
            }

            last = older is [.., var oldest] ? oldest : null;
        }

        return null;
    }
}
