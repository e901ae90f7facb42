using Caas.Core.Devices;
using Caas.Core.Push;
using Caas.Core.Timed;

namespace Caas.Core.Notifications;

/// <summary>Keeps what is to be pushed, once per entry and device.</summary>
public sealed class WaitingPushes(IDeviceStore devices, IPushStore pushes, TimeProvider clock)
{
    public async Task AddAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var pushed = page.Where(addressee => addressee.Decision.Push).ToDictionary(addressee => addressee.User.Id);
        if (pushed.Count > 0)
        {
            var due = TimedRules.Whole(clock.GetUtcNow());
            var found = await devices.ListAsync(happening.Log.Tenant, pushed.Keys, cancellationToken);
            await pushes.AddAsync([.. found.Select(device => PushJob.Of(happening, device, pushed[device.User], due))], cancellationToken);
        }
    }
}
