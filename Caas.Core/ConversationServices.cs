using Caas.Core.Attachments;
using Caas.Core.Bans;
using Caas.Core.Blocklists;
using Caas.Core.Channels;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Exports;
using Caas.Core.Feed;
using Caas.Core.Flags;
using Caas.Core.Import;
using Caas.Core.LinkPreviews;
using Caas.Core.Members;
using Caas.Core.Mentions;
using Caas.Core.Messages;
using Caas.Core.Moderation;
using Caas.Core.Notifications;
using Caas.Core.Outbound;
using Caas.Core.OwnViews;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.Quotes;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Retention;
using Caas.Core.SlowMode;
using Caas.Core.Spam;
using Caas.Core.Threads;
using Caas.Core.Typing;
using Caas.Core.Visibility;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>The log and what is made of it: entries, conversations, members, messages, reactions, pins.</summary>
internal static class ConversationServices
{
    public static IServiceCollection AddConversations(this IServiceCollection services)
    {
        services.AddOptions<AppendOptions>().BindConfiguration(AppendOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AppendOptions>, AppendOptionsValidator>();
        services.AddOptions<MessageOptions>().BindConfiguration(MessageOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MessageOptions>, MessageOptionsValidator>();

        services.TryAddSingleton<EntryAppender>();
        services.AddSingleton<EntryMetrics>();
        services.AddSingleton<EntryDrafts>();
        services.AddSingleton<EntryViews>();
        services.AddSingleton<EntryReader>();

        services.AddSingleton<ConversationFolder>();
        services.AddSingleton<ConversationViews>();
        services.AddSingleton<ConversationWriter>();
        services.AddSingleton<ConversationReader>();
        services.AddSingleton<DirectConversations>();
        services.AddSingleton<ConversationService>();
        services.AddSingleton<ConversationBatch>();
        services.AddSingleton<ImportPeople>();
        services.AddSingleton<MessageImport>();
        services.AddSingleton<ChannelService>();
        services.AddSingleton<ILogProjection, ConversationProjection>();

        services.AddSingleton<Viewers>();
        services.AddSingleton<Restrictions>();
        services.AddSingleton<SlowModeGate>();
        services.AddSingleton<BanService>();
        services.AddSingleton<FlagFolder>();
        services.AddSingleton<ILogProjection>(provider => provider.GetRequiredService<FlagFolder>());
        services.AddSingleton<FlagWriter>();
        services.AddSingleton<FlagService>();
        services.AddSingleton<ReviewActions>();
        services.AddSingleton<ReviewQueue>();
        services.AddSingleton<Membership>();
        services.AddSingleton<MemberDirectory>();
        services.AddSingleton<Departures>();
        services.AddSingleton<Succession>();
        services.AddSingleton<MemberService>();

        services.AddSingleton<ModerationMetrics>();
        services.AddSingleton<BlocklistFilter>();
        services.AddSingleton<SpamGate>();
        services.AddSingleton<MessageScreen>();

        services.AddSingleton<MessageFolder>();
        services.AddSingleton<MessageMetrics>();
        services.AddSingleton<MessageWriter>();
        services.AddSingleton<MessageReader>();
        services.AddSingleton<FirstAnswers>();
        services.AddSingleton<MessageService>();
        services.AddSingleton<MentionResolver>();
        services.AddSingleton<QuoteReader>();
        services.AddSingleton<ThreadFold>();
        services.AddSingleton<ThreadReader>();
        services.AddSingleton<EditWindow>();
        services.AddSingleton<ReactionService>();
        services.AddSingleton<PinService>();
        services.AddSingleton<ConversationTraces>();
        services.AddSingleton<ModerationTraces>();
        services.AddSingleton<ExportedReach>();
        services.AddSingleton<UserExporter>();
        services.AddSingleton<PollService>();
        return services.AddAttachments().AddRetention().AddErasure().AddLinkPreviews().AddTyping().AddReceipts();
    }

    private static IServiceCollection AddAttachments(this IServiceCollection services)
    {
        services.AddOptions<AttachmentOptions>().BindConfiguration(AttachmentOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AttachmentOptions>, AttachmentOptionsValidator>();
        services.TryAddSingleton(AttachmentPlaces.None);
        services.TryAddSingleton<IImages, NoImages>();
        services.AddSingleton<AttachmentMetrics>();
        services.AddSingleton<AttachmentContext>();
        services.AddSingleton<AttachmentAccess>();
        services.AddSingleton<AttachmentLinks>();
        services.AddSingleton<UploadGate>();
        services.AddSingleton<AttachmentIntake>();
        services.AddSingleton<AttachmentReferences>();
        services.AddSingleton<AttachmentService>();
        return services;
    }

    /// <summary>The sweep runs where a host adds it to its services that work in the background.</summary>
    private static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddOptions<RetentionOptions>().BindConfiguration(RetentionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        services.AddSingleton<RetentionMetrics>();
        services.AddSingleton<RetentionStores>();
        services.AddSingleton<RetentionSweep>();
        return services;
    }

    /// <summary>The worker runs where a host adds it to its services that work in the background.</summary>
    private static IServiceCollection AddErasure(this IServiceCollection services)
    {
        services.AddOptions<ErasureOptions>().BindConfiguration(ErasureOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ErasureOptions>, ErasureOptionsValidator>();
        services.AddSingleton<ErasureMetrics>();
        services.AddSingleton<ErasureContext>();
        services.AddSingleton<ConversationFarewell>();
        services.AddSingleton<LogRewriter>();
        services.AddSingleton<IErasedPlace, ErasedFiles>();
        services.AddSingleton<IErasedPlace, ErasedPresence>();
        services.AddSingleton<IErasedPlace, ErasedCalls>();
        services.AddSingleton<IErasedPlace, ErasedFlags>();
        services.AddSingleton<UserEraser>();
        services.AddSingleton<ErasureWorker>();
        return services;
    }

    private static IServiceCollection AddLinkPreviews(this IServiceCollection services)
    {
        services.AddOptions<OutboundOptions>().BindConfiguration(OutboundOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>();
        services.AddOptions<LinkPreviewOptions>().BindConfiguration(LinkPreviewOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LinkPreviewOptions>, LinkPreviewOptionsValidator>();
        services.TryAddSingleton<ILinkReader, NoLinkReader>();
        services.AddSingleton<OutboundHttp>();
        services.AddSingleton<LinkPreviewMetrics>();
        services.AddSingleton<LinkPreviewQueue>();
        services.AddSingleton<LinkPreviewContext>();
        services.AddSingleton<LinkPreviewer>();
        services.AddHostedService(provider => provider.GetRequiredService<LinkPreviewer>());
        return services;
    }

    private static IServiceCollection AddTyping(this IServiceCollection services)
    {
        services.AddOptions<TypingOptions>().BindConfiguration(TypingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TypingOptions>, TypingOptionsValidator>();
        services.TryAddSingleton<LocalTypingStore>();
        services.TryAddSingleton<ITypingStore>(provider => provider.GetRequiredService<LocalTypingStore>());
        services.AddSingleton<TypingMetrics>();
        services.AddSingleton<TypingBoard>();
        services.AddSingleton<TypingAnnouncer>();
        services.AddSingleton<TypingService>();
        return services;
    }

    private static IServiceCollection AddReceipts(this IServiceCollection services)
    {
        services.AddOptions<ReceiptOptions>().BindConfiguration(ReceiptOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ReceiptOptions>, ReceiptOptionsValidator>();
        services.AddSingleton<ReceiptMetrics>();
        services.AddSingleton<ReceiptTelling>();
        services.TryAddSingleton<ChannelReceiptBroadcaster>();
        services.TryAddSingleton<IReceiptBroadcaster>(provider => provider.GetRequiredService<ChannelReceiptBroadcaster>());
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ReceiptMarks>(provider).FollowedBy(provider.GetRequiredService<NotificationReads>().FollowAsync));
        services.AddHostedService(provider => provider.GetRequiredService<ReceiptMarks>());
        services.AddSingleton<ReceiptReading>();
        services.AddSingleton<ReceiptService>();
        services.AddSingleton<UnreadCounter>();
        services.AddSingleton<OwnViewService>();
        return services;
    }
}
