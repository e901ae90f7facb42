using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;

namespace Caas.Core.LinkPreviews;

/// <summary>What a <c>message.previewed</c> entry keeps. Erasure clears it.</summary>
public sealed record MessagePreviewedData(string MessageId, IReadOnlyList<LinkPreview> Previews);

/// <summary>How previews come into a message and out of it: one stands as long as its link stands in the text.</summary>
internal static class LinkPreviewFold
{
    /// <summary>A message after its links were looked at: of each link the latest look counts, in the order of the text.</summary>
    public static MessageState Apply(MessageState state, Entry previewed)
    {
        if (state is not { DeletedAt: null, Text: { } text } || previewed.Data?.Deserialize(CoreJsonContext.Default.MessagePreviewedData) is not { } data)
        {
            return state;
        }

        var earlier = state.LinkPreviews?.Where(old => data.Previews.All(preview => preview.Url != old.Url)) ?? [];
        return Keep(state with { LinkPreviews = [.. data.Previews.Concat(earlier).OrderBy(preview => text.IndexOf(preview.Url, StringComparison.Ordinal))] });
    }

    /// <summary>A message after an edit: a link that is gone takes its preview along.</summary>
    public static MessageState Keep(MessageState state)
    {
        if (state.LinkPreviews is not { } previews)
        {
            return state;
        }

        LinkPreview[] left = [.. previews.Where(preview => state.Text?.Contains(preview.Url, StringComparison.Ordinal) == true)];
        return state with { LinkPreviews = left.Length > 0 ? left : null };
    }
}
