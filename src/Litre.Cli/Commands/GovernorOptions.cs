using System.CommandLine;
using System.Globalization;
using Litre.Machine.Governing;

namespace Litre.Cli.Commands;

/// <summary>
/// The options of <c>litre governor</c>, one for every <see cref="GovernorLimit"/>, to be read from a command line and written to
/// one.
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

    /// <summary>The same settings as arguments.</summary>
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
            // Text that is no number is refused by the parser itself.
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
