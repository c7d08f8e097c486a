"""Words for the problems of a file that is imported: the sentences of the command line, as a page says them."""

PROBLEMS: tuple[tuple[str, str, str], ...] = (
    # Of the file as a whole.
    (r"This is neither a CSV file nor an Excel workbook\.", "", "Das ist weder eine CSV-Datei noch eine Excel-Mappe."),
    (r"The text is neither UTF-8 nor Windows-1252\.", "", "Der Text ist weder UTF-8 noch Windows-1252."),
    (
        r"Save it as CSV \(UTF-8\) or as an Excel workbook \(\.xlsx\)\.", "",
        "Speichern Sie sie als CSV (UTF-8) oder als Excel-Arbeitsmappe (.xlsx).",
    ),
    (r"(?P<file>.+) cannot be read\.", "", "{file} ist nicht zu lesen."),
    (r"(?P<file>.+) is empty\.", "", "{file} ist leer."),
    (r"(?P<file>.+) lacks something in its headings\.", "", "{file} fehlt etwas in den Überschriften."),
    (
        r"The row cannot be read: a quotation mark in it is not closed, or a cell is far too long\.", "",
        "Die Zeile ist nicht zu lesen: Ein Anführungszeichen darin ist nicht geschlossen, oder eine Zelle ist viel zu "
        "lang.",
    ),
    (
        r"The row cannot be read: a quotation mark stands inside a cell\.", "",
        "Die Zeile ist nicht zu lesen: Ein Anführungszeichen steht mitten in einer Zelle.",
    ),
    (
        r'Write a cell with a quotation mark as "…", and the mark in it twice\.', "",
        'Schreiben Sie eine Zelle mit Anführungszeichen als "…" und das Zeichen darin doppelt.',
    ),
    (r"This is not an Excel workbook that can be read\.", "", "Das ist keine lesbare Excel-Mappe."),
    (
        r"The workbook has (?P<n>\d+) sheets; only the first one is read\.", "",
        "Die Mappe hat {n} Blätter; gelesen wird nur das erste.",
    ),
    (r"Import each sheet from a file of its own\.", "", "Lesen Sie jedes Blatt aus einer eigenen Datei ein."),
    (r"The workbook is far too large once it is unpacked\.", "", "Die Mappe ist entpackt viel zu groß."),
    # Of the headings.
    (
        r"(?P<head>.+): this column means the same as '(?P<x>.+)'\.", "",
        "{head}: Diese Spalte bedeutet dasselbe wie „{x}“.",
    ),
    (r"Leave one of them out\.", "", "Lassen Sie eine davon weg."),
    (r"The column '(?P<x>.+)' is missing\.", "", "Die Spalte „{x}“ fehlt."),
    (
        r"Add the column, or say --\w+ ID for the whole file\.", "Add the column, or choose one for the whole file.",
        "Fügen Sie die Spalte hinzu, oder wählen Sie etwas für die ganze Datei.",
    ),
    (r"Add the column\.", "", "Fügen Sie die Spalte hinzu."),
    (r"(?P<head>.+): this column is not read\.", "", "{head}: Diese Spalte wird nicht gelesen."),
    (r"There are both 'infusion' and 'first_day'\.", "", "Es gibt sowohl „infusion“ als auch „first_day“."),
    (
        r"Give a day or a range in one column, or the first and the last day in two\.", "",
        "Schreiben Sie Tag oder Zeitraum in eine Spalte, oder den ersten und den letzten Tag in zwei.",
    ),
    (
        r"No column says on which day the infusion was, or which test was done\.", "",
        "Keine Spalte sagt, an welchem Tag die Infusion war oder was untersucht wurde.",
    ),
    (
        r"Infusions have 'infusion', or 'first_day' and 'last_day'; samples have 'test' and 'day'\.", "",
        "Infusionen haben „infusion“ oder „first_day“ und „last_day“; Proben haben „test“ und „day“.",
    ),
    # Of cells.
    (
        r"This cell has (?P<n>\d+) characters; at most (?P<most>\d+) can be kept\.", "",
        "Diese Zelle hat {n} Zeichen; behalten lassen sich höchstens {most}.",
    ),
    (
        r"This cell has (?P<n>\d+) characters; at most (?P<most>\d+) are read\.", "",
        "Diese Zelle hat {n} Zeichen; gelesen werden höchstens {most}.",
    ),
    (r"It looks like a slip\.", "", "Das sieht nach einem Versehen aus."),
    (
        r"This cell holds characters that cannot be printed\.", "",
        "Diese Zelle enthält Zeichen, die nicht druckbar sind.",
    ),
    (r"Type it anew\.", "", "Schreiben Sie sie neu."),
    (r"This cell is empty\.", "", "Diese Zelle ist leer."),
    (r"Every row needs it\.", "", "Jede Zeile braucht sie."),
    (
        r"Fill it, or say --\w+ ID for the whole file\.", "Fill it, or choose one for the whole file.",
        "Füllen Sie sie aus, oder wählen Sie etwas für die ganze Datei.",
    ),
    (
        r"The row has (?P<n>\d+) cells under (?P<m>\d+) headings\.", "",
        "Die Zeile hat {n} Zellen unter {m} Überschriften.",
    ),
    (
        r'Is a comma or semicolon inside a cell\? Then write the cell as "…"\.', "",
        'Steht ein Komma oder Semikolon in einer Zelle? Dann schreiben Sie die Zelle als "…".',
    ),
    (r"(?P<day>\S+) cannot be meant\.", "", "{day} kann nicht gemeint sein."),
    (r"Look at the year\.", "", "Sehen Sie auf das Jahr."),
    (r"'(?P<x>.+)' has a year of two digits\.", "", "„{x}“ hat eine Jahreszahl mit zwei Ziffern."),
    (r"Write the year with four\.", "", "Schreiben Sie sie mit vier."),
    (r"'(?P<x>.+)' is a number and no day\.", "", "„{x}“ ist eine Zahl und kein Tag."),
    (
        r"Give the column the format 'date' and save it again\.", "",
        "Geben Sie der Spalte das Format „Datum“ und speichern Sie neu.",
    ),
    (r"'(?P<x>.+)' is not a day\.", "", "„{x}“ ist kein Tag."),
    (r"Write it as 2024-01-08 or 08\.01\.2024\.", "", "Schreiben Sie ihn wie 2024-01-08 oder 08.01.2024."),
    (r"'(?P<x>.+)' can mean (?P<a>\S+) or (?P<b>\S+)\.", "", "„{x}“ kann {a} oder {b} bedeuten."),
    (
        r"Say which: --date-format dd/mm/yyyy or --date-format mm/dd/yyyy\.",
        "Choose above how days with slashes are written in this file.",
        "Wählen Sie beim Einlesen, wie Tage mit Schrägstrichen in dieser Datei geschrieben sind.",
    ),
    (r"There is no day '(?P<x>.+)'\.", "", "Den Tag „{x}“ gibt es nicht."),
    (r"Look at the day and the month\.", "", "Sehen Sie auf Tag und Monat."),
    (r"'(?P<x>.+)' is not a range of days\.", "", "„{x}“ ist kein Zeitraum."),
    (r"Write it as 2024-01-08\.\.2024-01-12\.", "", "Schreiben Sie ihn wie 2024-01-08..2024-01-12."),
    (
        r"The range ends on (?P<a>\S+), before it begins on (?P<b>\S+)\.", "",
        "Der Zeitraum endet am {a}, bevor er am {b} beginnt.",
    ),
    (r"Put the earlier day first\.", "", "Schreiben Sie den früheren Tag zuerst."),
    (r"A range of (?P<n>\d+) days cannot be one course\.", "", "Ein Zeitraum von {n} Tagen kann keine Phase sein."),
    (r"Give every infusion day a row\.", "", "Geben Sie jedem Infusionstag eine Zeile."),
    (r"'(?P<x>.+)' is not known here\.", "", "„{x}“ ist hier nicht bekannt."),
    (r"Did you mean '(?P<x>.+)'\?", "", "Meinen Sie „{x}“?"),
    (r"'(?P<x>.+)' is not a language\.", "", "„{x}“ ist keine Sprache."),
    (r"Write a code of two letters, such as en or de\.", "", "Schreiben Sie zwei Buchstaben, etwa en oder de."),
    (r"'(?P<x>.+)' is not the number of a course\.", "", "„{x}“ ist keine Nummer einer Behandlungsphase."),
    (r"Write 1, 2, 3 and so on\.", "", "Schreiben Sie 1, 2, 3 und so weiter."),
    (r"Write one of (?P<x>.+)\.", "", "Schreiben Sie eines von {x}."),
    (r"Write (?P<x>.+) or (?P<y>\w+)\.", "", "Schreiben Sie {x} oder {y}."),
    # Of the rows of one patient.
    (r"Row (?P<n>\d+) says otherwise about '(?P<x>.+)'\.", "", "Zeile {n} sagt über „{x}“ etwas anderes."),
    (r"Correct one of the two rows\.", "", "Berichtigen Sie eine der beiden Zeilen."),
    (r"Give each protocol a file of its own\.", "", "Geben Sie jedem Protokoll eine eigene Datei."),
    (
        r"A reference belongs to one clinic; choose another for one of the two patients\.", "",
        "Eine Kennung gehört zu einer Klinik; wählen Sie für eine der beiden Personen eine andere.",
    ),
    (r"There is no clinic '(?P<x>.+)' among yours\.", "", "Die Klinik „{x}“ gehört nicht zu Ihren."),
    (r"The record has '(?P<x>.+)' in another clinic\.", "", "Die Aufzeichnungen haben „{x}“ in einer anderen Klinik."),
    (r"The record has '(?P<x>.+)' in clinic '(?P<y>.+)'\.", "", "Die Aufzeichnungen haben „{x}“ in der Klinik „{y}“."),
    (
        r"(?P<day>\S+) lies in the future and cannot have been given\.", "",
        "{day} kommt erst noch und kann nicht gegeben sein.",
    ),
    (r"Is it planned\?", "", "Ist sie geplant?"),
    (r"(?P<day>\S+) stands in row (?P<n>\d+) with other data\.", "", "{day} steht in Zeile {n} mit anderen Angaben."),
    (r"Leave one of the two rows out\.", "", "Lassen Sie eine der beiden Zeilen weg."),
    (r"(?P<day>\S+) lies in the future\.", "", "{day} kommt erst noch."),
    (
        r"Leave it empty, or give the day on which you took over\.", "",
        "Lassen Sie sie leer, oder schreiben Sie den Tag, an dem Sie übernommen haben.",
    ),
    (r"(?P<day>\S+) lies before the birth date, (?P<b>\S+)\.", "", "{day} liegt vor dem Geburtsdatum, {b}."),
    (
        r"(?P<day>\S+) lies before the birth date of the record\.", "",
        "{day} liegt vor dem aufgezeichneten Geburtsdatum.",
    ),
    (r"Correct one of the two\.", "", "Berichtigen Sie eines von beiden."),
    (r"Correct one\.", "", "Berichtigen Sie eines."),
    # Of protocols.
    (r"'(?P<x>.+)' is an overlay\.", "", "„{x}“ ist eine Ergänzung."),
    (r"'(?P<x>.+)' is a protocol\.", "", "„{x}“ ist ein Protokoll."),
    (r"It stands in the wrong column\.", "", "Das steht in der falschen Spalte."),
    (r"The overlay '(?P<x>.+)' is not made for '(?P<y>.+)'\.", "", "Die Ergänzung „{x}“ ist nicht für „{y}“ gemacht."),
    (r"It is for (?P<x>.+)\.", "", "Sie ist für {x}."),
    (
        r"No version of '(?P<x>.+)' has been approved by a physician, so it cannot plan for a patient\.", "",
        "Keine Fassung von „{x}“ ist ärztlich freigegeben; deshalb kann sie für niemanden planen.",
    ),
    (
        r"Read it with `monitor protocol show .+`, then `monitor protocol approve .+`\.",
        "An administrator can have it approved, under Protocols.",
        "Die Verwaltung kann es unter „Protokolle“ freigeben lassen.",
    ),
    (r"There is no protocol '(?P<x>.+)'\.", "", "Das Protokoll „{x}“ gibt es nicht."),
    # Of what the record has.
    (r"The record has '(?P<x>.+)' under no protocol\.", "", "Die Aufzeichnungen haben „{x}“ unter keinem Protokoll."),
    (r"The record has '(?P<x>.+)' under (?P<y>.+)\.", "", "Die Aufzeichnungen haben „{x}“ unter {y}."),
    (r"The record has '(?P<x>.+)' with no overlays\.", "", "Die Aufzeichnungen haben „{x}“ ohne Ergänzungen."),
    (r"The record has '(?P<x>.+)' with (?P<y>.+)\.", "", "Die Aufzeichnungen haben „{x}“ mit {y}."),
    (
        r"Correct the file, or change the treatment first\.", "",
        "Berichtigen Sie die Datei, oder ändern Sie zuerst die Behandlung.",
    ),
    (r"The record follows '(?P<x>.+)' from the beginning\.", "", "„{x}“ ist hier von Anfang an in Nachsorge."),
    (r"The record follows '(?P<x>.+)' from (?P<day>\S+)\.", "", "„{x}“ ist hier seit {day} in Nachsorge."),
    (r"The record has (?P<day>\S+) of course (?P<n>\d+)\.", "", "In den Aufzeichnungen gehört {day} zur Phase {n}."),
    (
        r"The record has (?P<day>\S+) without the number of a course\.", "",
        "In den Aufzeichnungen hat {day} keine Nummer einer Phase.",
    ),
    (
        r"Leave the cell empty, or correct the record\.", "",
        "Lassen Sie die Zelle leer, oder berichtigen Sie die Aufzeichnungen.",
    ),
    (r"The record has (?P<day>\S+) as given\.", "", "In den Aufzeichnungen ist {day} gegeben."),
    (
        r"If it was not given: `monitor infusion correct`\.", "If it was not given, correct it on the patient's page.",
        "Wurde sie nicht gegeben, berichtigen Sie das bei der Person.",
    ),
    (
        r"(?P<day>\S+) was corrected or withdrawn in the record\.", "",
        "{day} wurde in den Aufzeichnungen berichtigt oder zurückgezogen.",
    ),
    (
        r"If it was given after all: `monitor infusion add`\. If not: correct the list\.",
        "If it was given after all, add it on the patient's page. If not, correct the list.",
        "Wurde sie doch gegeben, tragen Sie sie bei der Person ein. Wenn nicht, berichtigen Sie die Liste.",
    ),
    (
        r"The record of '(?P<x>.+)' said otherwise; the file's word holds now\.", "",
        "Über „{x}“ stand etwas anderes in den Aufzeichnungen; es gilt nun, was die Datei sagt.",
    ),
    (
        r"The record has an infusion on (?P<day>\S+), before this day\.", "",
        "Die Aufzeichnungen haben eine Infusion am {day}, vor diesem Tag.",
    ),
    (r"Monitoring of '(?P<x>.+)' ended here on (?P<day>\S+)\.", "", "Die Nachsorge von „{x}“ endete hier am {day}."),
    (
        r"The infusion is kept, but it does not re-admit the patient\.", "",
        "Die Infusion wird aufgezeichnet, nimmt die Person aber nicht wieder auf.",
    ),
    (
        r"(?P<day>\S+) is planned more than (?P<n>\d+) years ahead\.", "",
        "{day} ist mehr als {n} Jahre im Voraus geplant.",
    ),
    # Of how the drug is given.
    (
        r"Course (?P<n>\d+) has (?P<days>\d+) infusion days; the protocol foresees (?P<wanted>\d+)\.", "",
        "Behandlungsphase {n} hat {days} Infusionstage; das Protokoll sieht {wanted} vor.",
    ),
    (
        r"Course (?P<n>\d+) was interrupted: (?P<days>\d+) of (?P<wanted>\d+) infusion days were given\.", "",
        "Behandlungsphase {n} wurde abgebrochen: Gegeben wurden {days} von {wanted} Infusionstagen.",
    ),
    (
        r"Course (?P<n>\d+) is one too many: the protocol foresees at most (?P<most>\d+)\.", "",
        "Behandlungsphase {n} ist eine zu viel: Das Protokoll sieht höchstens {most} vor.",
    ),
    # Of samples.
    (
        r"There is no patient '(?P<x>.+)' in your clinics\. The file has (?P<n>\d+) rows of this patient\.", "",
        "In Ihren Kliniken gibt es „{x}“ nicht. Die Datei hat {n} Zeilen davon.",
    ),
    (r"There is no patient '(?P<x>.+)' in your clinics\.", "", "In Ihren Kliniken gibt es „{x}“ nicht."),
    (r"Import the infusions first\.", "", "Lesen Sie zuerst die Infusionen ein."),
    (
        r"(?P<day>\S+) lies in the future, so nothing can have been taken\.", "",
        "{day} kommt erst noch; da kann nichts entnommen sein.",
    ),
    (r"A day agreed with the patient is a booking\.", "", "Ein vereinbarter Tag ist keine Probe."),
    (r"'(?P<x>.+)' can mean several tests\.", "", "„{x}“ kann mehrere Untersuchungen bedeuten."),
    (
        r"'(?P<x>.+)' is no test of this patient's protocol\.", "",
        "„{x}“ ist keine Untersuchung im Protokoll dieser Person.",
    ),
    (r"Known: (?P<x>.+)\.", "", "Bekannt: {x}."),
    (
        r"(?P<day>\S+) was corrected or undone in the record\.", "",
        "{day} wurde in den Aufzeichnungen berichtigt oder zurückgenommen.",
    ),
    (
        r"If it was taken after all: `monitor check done`\.",
        "If it was taken after all, record it on the patient's page.",
        "Wurde sie doch entnommen, tragen Sie sie bei der Person ein.",
    ),
)  # fmt: skip
"""What the command line says, as a pattern; the same in English where a page has to say it otherwise; in German."""
