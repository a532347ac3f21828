using Litre.Data.Check;

namespace Litre.Cli.Rendering;

/// <summary>Renders the texts of a data check with options in place of settings.</summary>
internal static class DataTexts
{
    public static DataCheckResult Render(DataCheckResult result) =>
        result with
        {
            Unusable =
            [
                .. result.Unusable.Select(row =>
                    row with
                    {
                        Reason = OptionText.Render(row.Reason),
                        Remedy = OptionText.Render(row.Remedy),
                    }
                ),
            ],
            Warnings = [.. result.Warnings.Select(group => group with { Text = OptionText.Render(group.Text) })],
            Keys =
            [
                .. result.Keys.Select(key =>
                    key with
                    {
                        Uses = [.. key.Uses.Select(use => use with { Detail = OptionText.Render(use.Detail) })],
                    }
                ),
            ],
            Notices = OptionText.Render(result.Notices),
        };
}
