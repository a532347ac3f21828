namespace Litre.Cli.Tests.Architecture;

internal static class Rule
{
    /// <summary>Passes where nothing breaks a rule; else lists every breach, which xunit's own collection checks shorten.</summary>
    public static void Unbroken<T>(IEnumerable<T> breaches)
    {
        var list = breaches.ToList();
        Assert.True(list.Count == 0, string.Join('\n', list));
    }
}
