using Caas.Core.Exports;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Hosting;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Exports;

/// <summary><c>/v1/users/{id}/export</c>.</summary>
internal static class ExportEndpoints
{
    private const string ContentType = "application/zip";
    private static readonly LongRequest Long = new(TimeSpan.FromHours(1));

    public static void MapExports(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/users/{userId}/export", ExportAsync).WithTags("Users").WithName("ExportUser").Audited("user.exported").WithSummary("Export everything about a user").AllowCallers(CallerKinds.Backend, "users").WithMetadata(Long)
            .Produces<Stream>(StatusCodes.Status200OK, ContentType).Refuses(Refusal.UserNotFound)
            .WithDescription("A ZIP of files of JSON lines, streamed while it is read: profile, presence, account, conversations, messages with their versions, actions, receipts, scheduled messages, blocks, attachments, reminders, devices. API keys need `conversations:read` and `messages:read`, too. One that breaks off has no directory and is no valid archive.");

    private static async Task<IResult> ExportAsync(string userId, Caller caller, UserExporter exporter, HttpContext http, CancellationToken cancellationToken)
    {
        var export = await exporter.OpenAsync(caller, userId, cancellationToken);
        return TypedResults.Stream(stream => export.WriteAsync(stream, http.RequestAborted), ContentType, export.FileName);
    }
}
