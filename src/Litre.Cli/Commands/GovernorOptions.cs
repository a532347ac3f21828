using System.CommandLine;
using System.Globalization;
using Litre.Machine.Governing;

namespace Litre.Cli.Commands;

/// <summary>
/// The options of <c>litre governor</c>, one for every <see cref="GovernorLimit"/>: reads them from a command line, and writes them
/// to one.
/// </summary>
internal sealed class GovernorOptions
{
    private readonly List<(GovernorLimit Limit, Option<double> Option)> _options = [.. GovernorLimit.All.Select(l => (l, Number(l)))];

    public GovernorOptions(Command command)
    {
        foreach (var (_, option) in _options)
            command.Options.Add(option);
    }

    public GovernorSettings Settings(ParseResult parsed) =>
        _options.Aggregate(new GovernorSettings(), (settings, o) => o.Limit.Set(settings, parsed.GetValue(o.Option)));

    /// <summary>Returns the settings as arguments.</summary>
    public static IEnumerable<string> Arguments(GovernorSettings settings) =>
        GovernorLimit.All.SelectMany(l => (string[])["--" + l.Name, l.Get(settings).ToString("R", CultureInfo.InvariantCulture)]);

    private static Option<double> Number(GovernorLimit limit)
    {
        var name = "--" + limit.Name;
        var option = new Option<double>(name)
        {
            Description = limit.Description,
            DefaultValueFactory = _ => limit.Get(new GovernorSettings()),
        };
        option.Validators.Add(result =>
        {
            // The parser itself refuses text that is not a number.
            if (
                result.Tokens is [var token]
                && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && !(number >= 0 && double.IsFinite(number))
            )
                result.AddError($"{name} {token.Value}: expected a number, 0 or more");
        });
        return option;
    }
}
