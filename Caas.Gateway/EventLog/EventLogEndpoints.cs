using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Caas.Core.EventLog;
using Caas.Gateway.Callers;
using Caas.Gateway.Hosting;
using Caas.Gateway.Problems;

namespace Caas.Gateway.EventLog;

/// <summary><c>/v1/events</c>; for the backend.</summary>
internal static class EventLogEndpoints
{
    /// <summary>The longest wait, and what reading may take before and behind it.</summary>
    private static readonly LongRequest Long = new(TimeSpan.FromSeconds(EventLogReader.MostWaitSeconds + 30));

    public static void MapEventLog(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/events", ReadAsync).WithTags("Event log").WithName("ReadEvents").WithSummary("Read the tenant's history").AllowCallers(CallerKinds.Backend, "events").WithMetadata(Long)
            .Produces<EventPage>().Refuses(Refusal.InvalidArguments)
            .WithDescription("Everything that happened in the tenant, in one order, from any position and as often as wanted: CloudEvents as they are published. Messages come in their current state. `next` goes on, also where `types` left everything out; at the end `waitSeconds` waits for more.");

    private static async Task<IResult> ReadAsync(
        [Description("The `next` of an earlier answer, or the `position` of an event; without it from the start; `latest`: from now on.")] string? after,
        [Description("Only these types, such as `message.created` or `member.*`: up to 50, separated by commas or given more than once.")] string[]? types,
        [Description("1 to 1,000; default 50.")] int? limit,
        [Description("0 to 60: how long to wait where nothing is there yet; default 0.")] int? waitSeconds,
        Caller caller,
        EventLogReader events,
        CancellationToken cancellationToken) =>
        new Answer(await events.ReadAsync(caller, new(after, types?.SelectMany(names => names.Split(',')).ToArray(), limit, waitSeconds), cancellationToken));

    /// <summary>An <see cref="EventPage"/> whose items are written as they are: the very bytes that are published.</summary>
    private sealed class Answer(EventStretch stretch) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter);
            json.WriteStartObject();
            json.WriteStartArray("items");
            foreach (var item in stretch.Items)
            {
                json.WriteRawValue(item.Span, skipInputValidation: true);
            }

            json.WriteEndArray();
            json.WriteString("next", stretch.Next.ToString(CultureInfo.InvariantCulture));
            json.WriteBoolean("complete", stretch.Complete);
            json.WriteEndObject();
            json.Flush();
            await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
