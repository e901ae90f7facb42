using Caas.Adapters.Sqlite.Attachments;
using Caas.Adapters.Sqlite.Calls;
using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Exports;
using Caas.Adapters.Sqlite.Feed;
using Caas.Adapters.Sqlite.Flags;
using Caas.Adapters.Sqlite.Members;
using Caas.Adapters.Sqlite.OwnViews;
using Caas.Adapters.Sqlite.Pins;
using Caas.Adapters.Sqlite.Reactions;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Adapters.Sqlite.Search;
using Caas.Adapters.Sqlite.SlowMode;
using Caas.Adapters.Sqlite.Threads;
using Caas.Adapters.Sqlite.Timed;
using Caas.Core.Attachments;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Feed;
using Caas.Core.Flags;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Pins;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Search;
using Caas.Core.SlowMode;
using Caas.Core.Threads;
using Caas.Core.Timed;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Adapters.Sqlite.Entries;

internal static class SqliteLogRegistration
{
    /// <summary>The logs, their source, and what is projected from conversations.</summary>
    public static IServiceCollection AddSqliteLogStores(this IServiceCollection services) => services
        .AddSingleton<IEntryStore, SqliteEntryStore>()
        .AddSingleton<IEntrySource, SqliteEntrySource>()
        .AddSingleton<IConversationStore, SqliteConversationStore>()
        .AddSingleton<IMemberStore, SqliteMemberStore>()
        .AddSingleton<IReactionStore, SqliteReactionStore>()
        .AddSingleton<IThreadStore, SqliteThreadStore>()
        .AddSingleton<ITimedStore, SqliteTimedStore>()
        .AddSingleton<IPinStore, SqlitePinStore>()
        .AddSingleton<ICallRecordStore, SqliteCallRecordStore>()
        .AddSingleton<IFlagStore, SqliteFlagStore>()
        .AddSingleton<ISlowModeStore, SqliteSlowModeStore>()
        .AddSingleton<IAttachmentStore, SqliteAttachmentStore>()
        .AddSingleton<IAttachmentUseStore, SqliteAttachmentUseStore>()
        .AddSingleton<ISearchStore, SqliteSearchStore>()
        .AddSingleton<IUserTraceStore, SqliteUserTraceStore>()
        .AddSingleton<IReceiptStore, SqliteReceiptStore>()
        .AddSingleton<IOwnViewStore, SqliteOwnViewStore>();
}
