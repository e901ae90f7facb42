using System.Runtime.CompilerServices;

namespace Caas.Realtime.Delivery;

/// <summary>
/// What is to happen once the answer of a call has been written: live entries of a join wait for it, so that a client gets what it missed before what is new. The hub protocol's
/// decorator reports the writing.
/// </summary>
internal sealed class JoinAnswers
{
    private readonly ConditionalWeakTable<object, Action> _waiting = [];

    /// <summary>Calls <paramref name="written"/> once <paramref name="answer"/> is on its way; it must be quick and may be called under the connection's write lock.</summary>
    public void OnWritten(object answer, Action written) => _waiting.Add(answer, written);

    public void Written(object answer)
    {
        if (_waiting.TryGetValue(answer, out var written))
        {
            _waiting.Remove(answer);
            written();
        }
    }
}
