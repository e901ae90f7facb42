using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Messages;

/// <summary>Messages, section <c>Caas:Messages</c>.</summary>
public sealed class MessageOptions
{
    public const string Section = "Caas:Messages";

    /// <summary>How long a sender may edit a message, unless the tenant's settings say otherwise. Zero forbids edits; null, the default: as long as it stands.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan? EditWindow { get; init; }
}

[OptionsValidator]
internal sealed partial class MessageOptionsValidator : IValidateOptions<MessageOptions>;
