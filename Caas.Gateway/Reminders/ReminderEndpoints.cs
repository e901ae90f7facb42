using Caas.Core.Reminders;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Reminders;

/// <summary><c>/v1/reminders</c>: the caller's own.</summary>
internal static class ReminderEndpoints
{
    public static void MapReminders(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/reminders").WithTags("Reminders").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.OnBehalfOfRequired);
        group.MapPost("/", AddAsync).WithName("CreateReminder").WithSummary("Remind oneself of a message or a text").Idempotent()
            .WithDescription("When it is due, the user's connected devices are told by `Reminder`. At most 500 of a user.").Refuses(Refusal.LimitReached, Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.MessageNotFound);
        group.MapGet("/", ListAsync).WithName("ListReminders").WithSummary("List one's reminders").WithDescription("Those that wait and those that are due, until they are dismissed; in the order in which they were made.").Refuses(Refusal.InvalidCursor);
        group.MapDelete("/{reminderId}", DeleteAsync).WithName("DeleteReminder").WithSummary("Dismiss a reminder, or take it back").Refuses(Refusal.ReminderNotFound);
    }

    private static async Task<Created<ReminderResponse>> AddAsync(CreateReminderRequest request, Caller caller, ReminderService reminders, CancellationToken cancellationToken)
    {
        var added = await reminders.AddAsync(caller, request, cancellationToken);
        return TypedResults.Created($"/v1/reminders/{added.Id}", added);
    }

    private static async Task<Ok<Page<ReminderResponse>>> ListAsync(int? limit, string? cursor, Caller caller, ReminderService reminders, CancellationToken cancellationToken) =>
        TypedResults.Ok(await reminders.ListAsync(caller, limit, cursor, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string reminderId, Caller caller, ReminderService reminders, CancellationToken cancellationToken)
    {
        await reminders.DeleteAsync(caller, reminderId, cancellationToken);
        return TypedResults.NoContent();
    }
}
