using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Core.BeforeSend;
using Caas.Core.Blocklists;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Flags;
using Caas.Core.LinkPreviews;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Polls;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Typing;

namespace Caas.Core.Json;

/// <summary>How the core writes what stores keep: as <see cref="CaasJson"/> does, without nulls.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 40)]
[JsonSerializable(typeof(MessageState))]
[JsonSerializable(typeof(MessageContent))]
[JsonSerializable(typeof(MessageEditedData))]
[JsonSerializable(typeof(MessageChangedData))]
[JsonSerializable(typeof(MessagePreviewedData))]
[JsonSerializable(typeof(ReactionData))]
[JsonSerializable(typeof(PollVotedData))]
[JsonSerializable(typeof(Blocklist))]
[JsonSerializable(typeof(BeforeSendHook))]
[JsonSerializable(typeof(TurnServers))]
[JsonSerializable(typeof(CallState))]
[JsonSerializable(typeof(CallBody))]
[JsonSerializable(typeof(CallStartedData))]
[JsonSerializable(typeof(CallEndedData))]
[JsonSerializable(typeof(CallPayload))]
[JsonSerializable(typeof(CallSignal))]
[JsonSerializable(typeof(ScheduledBody))]
[JsonSerializable(typeof(ReminderBody))]
[JsonSerializable(typeof(ReminderNews))]
[JsonSerializable(typeof(DeviceAddress))]
[JsonSerializable(typeof(NotificationBatch))]
[JsonSerializable(typeof(DigestBody))]
[JsonSerializable(typeof(DeliveryAccount[]))]
[JsonSerializable(typeof(ConversationCreatedData))]
[JsonSerializable(typeof(ConversationCreatedView))]
[JsonSerializable(typeof(ConversationChangedData))]
[JsonSerializable(typeof(ConversationDeletedData))]
[JsonSerializable(typeof(MembersAddedData))]
[JsonSerializable(typeof(MembersRemovedData))]
[JsonSerializable(typeof(MemberChangedData))]
[JsonSerializable(typeof(TypingSignal))]
[JsonSerializable(typeof(PresenceNews))]
[JsonSerializable(typeof(EditFingerprint))]
[JsonSerializable(typeof(ImportMessage))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(CreateConversationRequest))]
[JsonSerializable(typeof(ReceiptBatch))]
[JsonSerializable(typeof(FlagDetails))]
[JsonSerializable(typeof(string))]
public sealed partial class CoreJsonContext : JsonSerializerContext;
