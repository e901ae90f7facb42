using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Members;

namespace Caas.Core.Conversations;

/// <summary>What a <c>conversation.created</c> entry keeps: all that the projection is made of.</summary>
public sealed record ConversationCreatedData(ConversationType Type, string? Name, JsonElement? Custom, IReadOnlyList<MemberSeed> Members);

/// <summary>What clients get of it: the first 100 members.</summary>
public sealed record ConversationCreatedView(ConversationType Type, string? Name, JsonElement? Custom, int MemberCount, IReadOnlyList<string> MemberIds);

/// <summary>What a <c>conversation.changed</c> entry keeps: what the call set.</summary>
/// <param name="Custom">The new custom data as a whole, where <paramref name="Fields"/> names it.</param>
/// <param name="Fields">Which fields it set as a whole (<c>name</c>, <c>custom</c>, <c>frozen</c>, <c>slowModeSeconds</c>): the others stay as they are when it is folded.</param>
/// <param name="CustomPatch">What is merged into the custom data (RFC 7396).</param>
public sealed record ConversationChangedData(string? Name, JsonElement? Custom, IReadOnlyList<string> Fields, JsonElement? CustomPatch = null, bool? Frozen = null, int? SlowModeSeconds = null);

/// <summary>What a <c>conversation.deleted</c> entry keeps: nothing.</summary>
public sealed record ConversationDeletedData;
